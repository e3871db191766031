"""The health checks of a target, its Redis and its Celery: what they found, and since when."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from celery import shared_task

from celeriac.health import store
from celeriac.health.examine import examine
from celeriac.health.finding import Finding
from celeriac.health.known import from_ledger
from celeriac.health.services import examine_services
from config.database import ledger, read_only
from config.settings import settings
from tasks import results, services
from tasks.base import OptimizerTask


@shared_task(name="celeriac.health.check", base=OptimizerTask, bind=True)
def check(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Run every health check on one target, remember what is open since when, and publish it with its cures."""
    with ledger(target) as state:
        known = from_ledger(state, target, settings().health)
        before = services.waited(state, target)
    with read_only(target) as connection:
        found = examine(connection, settings().health, known=known)
    findings = (*found, *_of_services(self, target, before))
    with ledger(target) as state:
        changes = store.record(state, target, findings)
    results.publish("health", target, {"findings": [asdict(finding) for finding in findings]})
    happened = {"opened": len(changes.opened), "resolved": len(changes.resolved)}
    return {**Counter(finding.severity for finding in findings), **happened}


def _of_services(task: OptimizerTask, target: str, before: Mapping[str, int]) -> tuple[Finding, ...]:
    facts, adopted = services.gather(task.app, target, before)
    return (*examine_services(facts, settings().health), *adopted)
