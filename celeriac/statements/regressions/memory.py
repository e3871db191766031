"""What is remembered of the catalog and of plans, so that a regression can be told what preceded it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.dialects import postgresql

from celeriac.ledger import clock
from celeriac.ledger.models.regressions import CatalogEvent, CatalogFacts, StatementPlan
from celeriac.sql import load
from celeriac.statements.catalog import read_catalog
from celeriac.statements.regressions import facts, plans
from celeriac.statements.regressions.blame import Event

_FACTS = cast("Table", CatalogFacts.__table__)
_EVENTS = cast("Table", CatalogEvent.__table__)
_PLANS = cast("Table", StatementPlan.__table__)

PLANS = 20
"""Plans that are remembered, of the heaviest statements."""
_RENEWED = timedelta(days=1)


def remember_catalog(connection: Connection, ledger: Connection, target: str) -> int:
    """Compare the catalog with the last look and keep what happened since; returns how many events that were."""
    now = facts.look(connection)
    last = ledger.execute(select(_FACTS.c.seen_at, _FACTS.c.tables).where(_FACTS.c.target == target)).one_or_none()
    events: list[tuple[str, str]] = []
    if last is not None:
        events = list(facts.differences(facts.from_json(last.tables), now))
        rows = [{"target": target, "table_name": table, "after": last.seen_at, "what": what} for table, what in events]
        if rows:
            ledger.execute(insert(_EVENTS), rows)
    values = {"seen_at": clock.now()}
    if last is None or events:  # an unchanged document is not written again
        values["tables"] = facts.as_json(now)  # type: ignore[assignment]
    ledger.execute(
        postgresql.insert(_FACTS)
        .values(target=target, tables=values.get("tables", {}))
        .on_conflict_do_update(index_elements=[_FACTS.c.target], set_=values)
    )
    return len(events)


def remember_plans(connection: Connection, ledger: Connection, target: str) -> int:
    """Look at the heaviest statements' plans once a day while nothing is wrong with them; returns how many."""
    heaviest = ledger.execute(load(__file__, "heaviest"), {"target": target, "most": PLANS}).all()
    now = clock.instant(ledger)
    due = [row for row in heaviest if row.seen_at is None or now - row.seen_at > _RENEWED]
    if not due:
        return 0
    catalog = read_catalog(connection)
    shapes = [(row.fingerprint, shape) for row in due if (shape := plans.shape_of(connection, row.text, catalog))]
    for fingerprint, shape in shapes:
        values = {"shape": shape, "seen_at": clock.now()}
        ledger.execute(
            postgresql.insert(_PLANS)
            .values(target=target, fingerprint=fingerprint, **values)
            .on_conflict_do_update(index_elements=[_PLANS.c.target, _PLANS.c.fingerprint], set_=values)
        )
    return len(shapes)


def events_of(ledger: Connection, target: str, tables: Collection[str], since: datetime) -> Sequence[Event]:
    """Return what was seen to happen to some tables; it happened before it was seen."""
    columns = _EVENTS.c
    rows = ledger.execute(
        select(columns.at, columns.what).where(
            columns.target == target, columns.table_name.in_(tables), columns.at >= since
        )
    )
    return [Event(row.at, row.what) for row in rows]


def texts(ledger: Connection, target: str, fingerprints: Collection[str]) -> dict[str, Any]:
    """Return the texts of statements with the plans they had, by fingerprint."""
    bounds = {"target": target, "fingerprints": list(fingerprints)}
    return {row.fingerprint: row for row in ledger.execute(load(__file__, "texts"), bounds)}
