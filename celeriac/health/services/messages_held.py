"""Messages that a worker took and never acknowledged."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report one that is held for longer than any task may run: its worker is gone."""
    if services.longest_run_s and services.held_oldest_s > services.longest_run_s:
        yield Finding(
            "messages_held",
            "warning",
            "broker",
            f"A message has been held for {services.held_oldest_s / 3600:.1f} h, longer than any task may run: its"
            " worker is"
            " gone, and it comes back only after the visibility timeout.",
            {"held_s": services.held_oldest_s},
            "-- It is delivered again by itself; look why the worker ended (memory, kill).",
        )
