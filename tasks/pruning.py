"""What could go: the use of every index on every server, kept over time, what it proves, and what is proposed of it."""

from typing import Any

from celery import shared_task

from celeriac.indexes import prune as pruning
from celeriac.indexes import recent
from celeriac.indexes.drop import asking
from celeriac.indexes.drop import propose as surplus
from celeriac.indexes.prune import Findings
from celeriac.ledger import planning
from celeriac.statements.catalog import read_catalog
from config.database import ledger, read_only, replicas
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask
from tasks.dispatch import dispatch
from tasks.loop import SHOWN


@shared_task(name="celeriac.indexes.prune", base=OptimizerTask, bind=True)
def prune(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Keep the counters of every index, propose to drop what is proven surplus, and say why others stay.

    What is not ours is dropped only after a person's approval, unless `loop.drop_foreign` says otherwise.
    """
    policy = settings().prune
    with read_only(target) as primary, replicas(target) as others, ledger(target) as state:
        named = pruning.servers(others)
        indexes = pruning.observe(state, target, primary, named, policy)
        findings = pruning.examine(state, target, indexes, tuple(named), policy)
    answer = _ask(target, findings)
    with read_only(target) as primary, ledger(target) as state:
        planning.record(state, target, answer.planning_use)
        proposed, refused = surplus.propose_all(
            primary,
            state,
            target,
            indexes,
            findings.prunable,
            answer.missed,
            actor="celeriac",
            policy=settings().loop_policy(target),
        )
    _publish(target, findings, refused)
    return {
        "watched": len(indexes),
        "prunable": len(findings.prunable),
        "stays": len(findings.stays),
        "proposed": [change.id for change in proposed][:SHOWN],
        **dispatch(target),
    }


def _ask(target: str, findings: Findings) -> asking.Answer:
    if not findings.prunable:
        return asking.Answer({})
    policy = settings().advisor
    with read_only(target) as connection:
        catalog = read_catalog(connection)
        with ledger(target) as state:
            workload = recent.workload(state, target, catalog, policy.workload)
        return asking.ask(connection, workload, catalog, findings.prunable, policy)


def _publish(target: str, findings: Findings, refused: tuple[tuple[str, str], ...]) -> None:
    why_not = dict(refused)
    results.publish(
        "prunable",
        target,
        {
            "prunable": [
                {
                    "why": one.why,
                    "sentence": one.sentence,
                    "ddl": one.index.ddl,
                    "not_proposed": why_not.get(one.index.qualified),
                }
                for one in findings.prunable
            ],
            "stays": [one.sentence for one in findings.stays],
        },
    )
