"""The cache advisor: which queries are worth caching, from what was measured of statements and written to tables."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from celery import shared_task
from sqlalchemy import Connection

from celeriac.cache import advise as advisor
from celeriac.ledger import clock
from celeriac.statements import windows
from celeriac.statements.catalog import Catalog, read_catalog
from celeriac.statements.workload import from_window
from config.database import ledger, read_only
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask

TEXT_CHARS = 2_000
"""Of each statement that is published."""
MIN_BETWEEN_S = 60.0
"""Two readings of the write counters that are nearer tell no rate."""
SHOWN = 10

_Written = dict[tuple[str, str], int]


@shared_task(name="celeriac.cache.advise", base=OptimizerTask, bind=True)
def advise(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Name the queries worth caching, with lifetime, tags, expected hits and the lines to paste; publish them."""
    policy = settings().cache_advice
    self.progress(0, 3, "steps", "reading the catalog")
    with read_only(target) as connection:
        catalog, server = read_catalog(connection), advisor.read_facts(connection)
        written = advisor.rows_written(connection)
    self.progress(1, 3, "steps", "reading what was measured")
    with ledger(target) as state:
        now = clock.instant(state)
        window = windows.read(state, target, since=now - policy.over)
        unseen = _unseen(state, target, catalog, written, now)
    if window is None:
        return {
            "status": "waiting",
            "reason": "no statements were measured yet: celeriac.statements.capture runs first",
        }
    self.progress(2, 3, "steps", "advising")
    advice = advisor.advise(from_window(window), catalog, policy, server, unseen)
    results.publish("cache_advice", target, _document(advice))
    return {
        "status": "done",
        "statements": advice.statements,
        "cacheable": [one.name for one in advice.cacheable][:SHOWN],
        "saved_ms_per_hour": round(advice.saved_ms_per_hour, 1),
        "document": results.key("cache_advice", target),
    }


def _unseen(
    state: Connection, target: str, catalog: Catalog, written: _Written, now: datetime
) -> dict[tuple[str, str], float]:
    """Return what was written since the last run and no statement of that time explains; keep the counters."""
    last = results.latest("table_writes", target)
    if last is not None and (now - datetime.fromisoformat(last["at"])).total_seconds() < MIN_BETWEEN_S:
        return {}
    tables = [{"schema": schema, "name": name, "rows": rows} for (schema, name), rows in written.items()]
    results.publish("table_writes", target, {"at": now, "tables": tables})
    if last is None:
        return {}
    began = datetime.fromisoformat(last["at"])
    window = windows.read(state, target, since=began)
    if window is None:
        return {}
    before = {(one["schema"], one["name"]): one["rows"] for one in last["tables"]}
    hours = (now - began).total_seconds() / 3600
    return advisor.unseen_writes(from_window(window), catalog, advisor.rates(before, written, hours))


def _document(advice: advisor.CacheAdvice) -> dict[str, Any]:
    shortened = replace(
        advice,
        cacheable=tuple(replace(one, statement=one.statement[:TEXT_CHARS]) for one in advice.cacheable),
        refused=tuple(replace(one, statement=one.statement[:TEXT_CHARS]) for one in advice.refused),
    )
    return asdict(shortened) | {"saved_ms_per_hour": round(advice.saved_ms_per_hour, 1)}
