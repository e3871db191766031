"""Take a delta snapshot of pg_stat_statements into the ledger, without ever resetting what other tools read too."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from celeriac.locks import lock_key
from celeriac.sql import sign
from celeriac.statements.delta import Difference, difference, fold
from celeriac.statements.extension import find
from celeriac.statements.naming import find_texts, name_statements
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.reading import read
from celeriac.statements.storing import (
    Measured,
    load_starting_point,
    store_starting_point,
    store_texts,
    store_window,
    without_text,
)

STARTING_POINT = "the starting point: the next capture holds the first window"
_FIRST = Difference({}, notes=(STARTING_POINT,), comparable=False)

_LOCK = text(sign("capture_lock", "SELECT pg_advisory_xact_lock(:key)"))
_NOW = text(sign("capture_clock", "SELECT clock_timestamp()"))


@dataclass(frozen=True, slots=True)
class Captured:
    """What one capture stored."""

    window_id: int
    started_at: datetime | None
    """None for a starting point, which holds no statements."""
    ended_at: datetime
    statements: int
    calls: int
    """Of all statements, those that cannot be optimized included."""
    complete: bool
    note: str | None


# 1. Take the target's capture lock until the caller's transaction ends: two captures at once would count twice.
# 2. Take the time before reading, so that no window begins later than it says. By the ledger's clock, which judges
#    every other instant of the ledger.
# 3. Read all counters, and the texts of the statements that are new.
# 4. Subtract the starting point, store the window, leave the new starting point.
def capture(target_connection: Connection, ledger: Connection, target: str, policy: StatementPolicy) -> Captured:
    """Store what every statement did since the last capture; the first one only sets the starting point.

    Raises ExtensionMissing, ExtensionNotLoaded, ExtensionOutdated, StatisticsHidden. The ledger's transaction is the
    caller's and must be READ COMMITTED: it has to see what the capture it waited for has written.
    """
    ledger.execute(_LOCK, {"key": lock_key("capture", target)})
    ended_at: datetime = ledger.execute(_NOW).scalar_one()
    extension = find(target_connection)
    before = load_starting_point(ledger, target)
    now = read(target_connection, extension)
    change = difference(before.reading, now) if before else _FIRST
    comparable = before if change.comparable else None
    known = comparable.fingerprints if comparable else {}
    names = name_statements(target_connection, extension, now.entries, known, policy.max_text_chars)
    statements, other = fold(change.changes, names.fingerprints, policy.max_statements)
    measured = Measured(
        target=target,
        started_at=comparable.at if comparable else None,
        ended_at=ended_at,
        statements=statements,
        other=other,
        complete=change.complete,
        note="; ".join(change.notes) or None,
    )
    window_id = store_window(ledger, measured, now.server)
    lacking = without_text(ledger, target, statements)
    store_texts(ledger, target, find_texts(target_connection, extension, lacking, names, policy.max_text_chars))
    store_starting_point(ledger, target, before, now, names.fingerprints)
    return _captured(window_id, measured)


def _captured(window_id: int, measured: Measured) -> Captured:
    return Captured(
        window_id=window_id,
        started_at=measured.started_at,
        ended_at=measured.ended_at,
        statements=len(measured.statements),
        calls=measured.other.calls + sum(counters.calls for counters in measured.statements.values()),
        complete=measured.complete,
        note=measured.note,
    )
