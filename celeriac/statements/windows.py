"""Read what was captured: windows of a target, added up into one."""

from dataclasses import fields
from datetime import datetime
from functools import reduce
from operator import add, attrgetter

import orjson
from sqlalchemy import Connection

from celeriac.sql import load
from celeriac.statements.statement import Counters, Statement, Window
from celeriac.statements.storing import counters_from

_columns = attrgetter(*(field.name for field in fields(Counters)))


def read(
    ledger: Connection,
    target: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after_id: int | None = None,
    up_to_id: int | None = None,
) -> Window | None:
    """Add up the windows that lie wholly within the bounds; None where there is none.

    `after_id` excludes that window, `up_to_id` includes it. Statements come by total time, the largest first.
    """
    bounds = {"since": since, "until": until, "after_id": after_id, "up_to_id": up_to_id}
    span = ledger.execute(load(__file__, "window_span"), {"target": target, **bounds}).one()
    if span.ids is None:
        return None
    rows = ledger.execute(load(__file__, "window_statements"), {"target": target, "ids": span.ids})
    return Window(
        target=target,
        started_at=span.started_at,
        ended_at=span.ended_at,
        complete=span.complete,
        other=reduce(add, (counters_from(orjson.loads(other)) for other in span.others), Counters()),
        statements=tuple(
            Statement(
                fingerprint=row.fingerprint,
                role=row.role,
                text=row.text,
                counters=Counters(*_columns(row)),
                query_ids=tuple(row.query_ids),
            )
            for row in rows
        ),
    )


def latest_id(ledger: Connection, target: str) -> int | None:
    """Return the id of the newest window or starting point, None before the first capture."""
    newest: int | None = ledger.execute(load(__file__, "latest_window"), {"target": target}).scalar_one()
    return newest
