"""Periodic tasks whose last run failed."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each with its reason."""
    if services.entries is None:
        yield Finding("schedule_failing", "skipped", "", "Not looked at: the store of results does not answer.")
        return
    for entry in services.entries:
        if entry.outcome == "failed":
            yield Finding(
                "schedule_failing",
                "warning",
                entry.task,
                f"The last run of {entry.task} failed: {entry.reason or 'its log says why'}",
                cure="-- See the worker's log; `celeriac doctor` names what is missing.",
            )
