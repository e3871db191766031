"""A beat that no longer sends anything."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:
    """Report one that has missed several of its shortest period."""
    if services.beat_silent_s is None or not services.entries:
        yield Finding("beat_silent", "skipped", "", "Not looked at: beat has left no mark yet.")
        return
    shortest_s = min(entry.period_s for entry in services.entries)
    missed = services.beat_silent_s / max(shortest_s, 1.0)
    if missed >= policy.silent_periods:
        yield Finding(
            "beat_silent",
            "critical",
            "beat",
            f"Beat has sent nothing for {services.beat_silent_s:.0f} s; something is due every {shortest_s:.0f} s.",
            {"silent_s": services.beat_silent_s, "missed": missed},
            "-- Start beat (one alone): celery -A worker beat.",
        )
