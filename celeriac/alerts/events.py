"""What became of changes of late, as readings: a failed build and a revert are news for a while."""

from datetime import timedelta
from typing import Final, cast

from sqlalchemy import Connection, Table, select

from celeriac.alerts.observe import Reading
from celeriac.ledger import clock
from celeriac.ledger.models.changes import Change

NAME: Final = "celeriac_change_ended"
_TABLE = cast("Table", Change.__table__)
_STATES: Final = ("failed", "lost", "reverted", "restored")


def ended(ledger: Connection, target: str, within: timedelta) -> tuple[Reading, ...]:
    """Return one reading for each change that ended badly within a time, with its statement and why."""
    columns = _TABLE.c
    rows = ledger.execute(
        select(columns.id, columns.state, columns.schema_name, columns.table_name, columns.ddl, columns.last_error)
        .where(
            columns.target == target,
            columns.state.in_(_STATES),
            columns.state_since > clock.ago(within),
        )
        .order_by(columns.id)
    )
    return tuple(
        Reading(
            NAME,
            {"change": str(row.id), "state": row.state, "table": f"{row.schema_name}.{row.table_name}"},
            1.0,
            f"{row.ddl}{f' ({row.last_error})' if row.last_error else ''}",
        )
        for row in rows
    )
