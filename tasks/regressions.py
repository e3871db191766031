"""Regressions: judge the newest window of every statement, say why, publish what is open."""

from typing import Any

from celery import shared_task

from celeriac.statements.regressions import memory, store
from celeriac.statements.regressions.explain import explain
from celeriac.statements.regressions.find import find_regressions as find
from celeriac.statements.regressions.store import Regression
from config.database import ledger, read_only
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask


@shared_task(name="celeriac.statements.find_regressions", base=OptimizerTask, bind=True)
def find_regressions(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Judge the newest window of every statement, explain what is new, and publish all that is open."""
    policy = settings().regressions
    with ledger(target) as state:
        examined = find(state, target, policy)
    if examined.opened or examined.folded_hours:  # what was found stays, even if its reason cannot be told
        with read_only(target) as connection, ledger(target) as state:
            memory.remember_catalog(connection, state, target)
            explain(connection, state, examined.opened, policy)
            memory.remember_plans(connection, state, target)
    with ledger(target) as state:
        found = store.open_regressions(state, target)
    results.publish("regressions", target, {"regressions": [_describe(one) for one in found]})
    return {
        "judged": examined.judged,
        "opened": len(examined.opened),
        "ended": len(examined.ended),
        "open": len(found),
        "folded_hours": examined.folded_hours,
    }


def _describe(one: Regression) -> dict[str, Any]:
    return {
        "id": one.id,
        "fingerprint": one.fingerprint,
        "cause": one.cause,
        "sentence": one.sentence,
        "ratio": one.ratio,
        "ms_per_hour": round(one.ms_per_hour, 1),
        "baseline": {name: value for name, value in one.baseline.items() if name != "usual"},
        "now": one.now,
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "change_id": one.change_id,
    }
