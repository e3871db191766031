"""Say of a regression what came just before it: a change of ours, DDL of anybody's, fresh statistics, another plan."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from celeriac.ledger import changes
from celeriac.sql import load
from celeriac.statements import parsing
from celeriac.statements.catalog import Catalog, read_catalog
from celeriac.statements.parsed import NotUnderstood
from celeriac.statements.regressions import memory, plans, store
from celeriac.statements.regressions.blame import LOOK_BACK, Event, of_change, suspect, told
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.store import Regression

_BY_PLAN = frozenset({"plan", "spill", "data", "contention"})
"""Causes that another plan may lie behind."""


def explain(connection: Connection, ledger: Connection, opened: Sequence[Regression], policy: RegressionPolicy) -> None:
    """Complete the sentences of regressions that were just opened; `connection` reads the target.

    The catalog should have been looked at just before: DDL is known as far as it was seen.
    """
    named = [one for one in opened if one.fingerprint != store.EVERY_STATEMENT]
    if not named:
        return
    target = named[0].target
    catalog = read_catalog(connection)
    known = memory.texts(ledger, target, [one.fingerprint for one in named])
    for one in named:
        if one.fingerprint in known:
            _explain(
                connection, ledger, one, known[one.fingerprint].text, known[one.fingerprint].shape, catalog, policy
            )


def _explain(
    connection: Connection, ledger: Connection, one: Regression, text: str, shape: str | None, catalog: Catalog,
    policy: RegressionPolicy,
) -> None:  # fmt: skip
    event = suspect(_events(connection, ledger, one, text, catalog), one.first_seen, 2 * policy.window)
    parts = [one.sentence]
    if event is not None:
        parts.append(told(event, one.first_seen))
    if shape is not None and one.cause in _BY_PLAN:
        now = plans.shape_of(connection, text, catalog)
        changed = plans.difference(shape, now) if now is not None else None
        if changed is not None:
            parts.append(changed)
    if len(parts) > 1:
        store.explain(ledger, one, "; ".join(parts), event.change_id if event else None)


def _events(
    connection: Connection, ledger: Connection, one: Regression, text: str, catalog: Catalog
) -> Iterator[Event]:
    tables = tables_of(text, catalog)
    for schema, name in tables:
        for change in changes.of_table(ledger, one.target, schema, name):
            yield from of_change(change)
        for row in connection.execute(load(__file__, "analyzed"), {"schema": schema, "name": name}):
            yield Event(row.at, f"{schema}.{name} had got fresh statistics")
    named = [f"{schema}.{name}" for schema, name in tables]
    yield from memory.events_of(ledger, one.target, named, one.first_seen - LOOK_BACK)


def tables_of(text: str, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Return the tables that a statement touches, as far as its text tells."""
    parsed = parsing.parse(text, catalog)
    if isinstance(parsed, NotUnderstood):
        return ()
    return tuple(dict.fromkeys((use.schema, use.table) for use in parsed.relations))
