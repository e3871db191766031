"""What could go: the use of every index on every server, kept over time, and what it proves."""

from typing import Any

from celery import shared_task

from celeriac.indexes import prune as pruning
from config.database import ledger, read_only, replicas
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask


@shared_task(name="celeriac.indexes.prune", base=OptimizerTask, bind=True)
def prune(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Keep the counters of every index, and say which indexes could go and why others stay; nothing is dropped."""
    policy = settings().prune
    with read_only(target) as primary, replicas(target) as others, ledger(target) as state:
        named = {f"replica {number}": connection for number, connection in enumerate(others, 1)}
        indexes = pruning.observe(state, target, primary, named, policy)
        findings = pruning.examine(state, target, indexes, tuple(named), policy)
    results.publish(
        "prunable",
        target,
        {
            "prunable": [{"why": one.why, "sentence": one.sentence, "ddl": one.index.ddl} for one in findings.prunable],
            "stays": [one.sentence for one in findings.stays],
        },
    )
    return {"watched": len(indexes), "prunable": len(findings.prunable), "stays": len(findings.stays)}
