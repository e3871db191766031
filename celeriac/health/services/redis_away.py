"""A Redis that does not answer."""

from collections.abc import Iterator

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services.facts import Services


def judge(services: Services, policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each by the roles that nobody plays then."""
    for store in services.stores:
        if not store.answers:
            yield Finding(
                "redis_away",
                "critical",
                store.name,
                f"The {store.name} does not answer.",
                cure="-- See whether it runs, and whether CELERIAC_REDIS__…_URL names it; `celeriac doctor` tries"
                " each.",
            )
