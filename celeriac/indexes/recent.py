"""What the advisor is asked to serve: the statements measured of late, with the indexes that are there now.

What a statement took before its table got an index says nothing of what another index would save: for tables of ours
that changed lately, only what was measured since then counts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change
from celeriac.statements import parsing, windows
from celeriac.statements.catalog import Catalog
from celeriac.statements.parsed import NotUnderstood
from celeriac.statements.statement import Statement
from celeriac.statements.workload import Workload, scaled

Name = tuple[str, str]
"""Schema and table."""


def workload(ledger: Connection, target: str, catalog: Catalog, over: timedelta) -> Workload | None:
    """Return the statements of the windows that began within `over`; None where nothing was measured."""
    now = clock.instant(ledger)
    whole = windows.read(ledger, target, since=now - over)
    if whole is None:
        return None
    changed = {table: at for table, at in changed_at(changes.with_index(ledger, target)).items() if at > now - over}
    hours = max(whole.seconds, 1.0) / 3600
    if not changed:
        return Workload(whole.statements, hours)
    since = {at: windows.read(ledger, target, since=at) for at in set(changed.values())}
    statements: list[Statement] = []
    for statement in whole.statements:
        at = _last_change(statement, catalog, changed)
        window = whole if at is None else since[at]
        measured = None if window is None else window.by_fingerprint().get(statement.fingerprint)
        if window is not None and measured is not None:
            statements.append(scaled(measured, hours / (max(window.seconds, 1.0) / 3600)))
    return Workload(tuple(statements), hours)


def changed_at(made: Iterable[Change]) -> dict[Name, datetime]:
    """Return when each table's indexes last changed by our hand."""
    latest: dict[Name, datetime] = {}
    for change in made:
        over = change.state in ("reverted", "lost", "restored")
        at = change.state_since if over else change.settled_at or change.build_started_at
        if at is not None:
            table = (change.schema_name, change.table_name)
            latest[table] = max(at, latest.get(table, at))
    return latest


def _last_change(statement: Statement, catalog: Catalog, changed: Mapping[Name, datetime]) -> datetime | None:
    parsed = parsing.parse(statement.text, catalog)
    if isinstance(parsed, NotUnderstood):
        return None
    instants = [changed[use.schema, use.table] for use in parsed.relations if (use.schema, use.table) in changed]
    return max(instants, default=None)
