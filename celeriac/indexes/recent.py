"""What the advisor is asked to serve: the statements measured of late, by the ledger's clock."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from celeriac.sql import sign
from celeriac.statements import windows
from celeriac.statements.workload import Workload, from_window

_NOW = text(sign("now", "SELECT clock_timestamp()"))


def workload(ledger: Connection, target: str, over: timedelta) -> Workload | None:
    """Return the statements of the windows that began within `over`; None where nothing was measured."""
    now: datetime = ledger.execute(_NOW).scalar_one()
    window = windows.read(ledger, target, since=now - over)
    return None if window is None else from_window(window)
