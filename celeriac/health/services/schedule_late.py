"""Periodic tasks that are long due."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services

SHORTEST_S = 60.0
"""A period counts as a fifth of this at least: no queue is exact to the second."""


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:
    """Report each whose last run ended several periods ago."""
    if services.entries is None:
        yield Finding("schedule_late", "skipped", "", "Not looked at: the store of results does not answer.")
        return
    for entry in services.entries:
        if entry.ended_ago_s is None or entry.ended_ago_s < max(policy.silent_periods * entry.period_s, SHORTEST_S):
            continue
        yield Finding(
            "schedule_late",
            "warning",
            entry.task,
            f"{entry.task} last ended {entry.ended_ago_s / 60:.0f} min ago and is due every {entry.period_s / 60:.1f}"
            " min.",
            {"ended_ago_s": entry.ended_ago_s, "period_s": entry.period_s},
            "-- See whether its queue has a worker, and whether a run of it still goes on.",
        )
