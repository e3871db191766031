"""The health checks of a target's database, and what they found."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from celery import shared_task

from celeriac.health.examine import examine
from config.database import read_only
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask


@shared_task(name="celeriac.health.check", base=OptimizerTask, bind=True)
def check(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Run every health check on one target and publish what each found, with the statement that mends it."""
    with read_only(target) as connection:
        findings = examine(connection, settings().health)
    results.publish("health", target, {"findings": [asdict(finding) for finding in findings]})
    return dict(Counter(finding.severity for finding in findings))
