"""Fill the cache from a warmer's query, within the budget."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.cache.cache import Cache
from celeriac.cache.errors import KeyRefused, NotJson
from celeriac.cache.keys import Template
from celeriac.cache.values import encode
from celeriac.cache.warmers.budget import Budget
from celeriac.cache.warmers.policy import WarmPolicy
from celeriac.cache.warmers.warmer import SqlWarmer, WarmedBy
from celeriac.errors import CeleriacError
from celeriac.sql import bounded, sign


class ParameterMissing(CeleriacError):
    """Its query needs the parameter {bind}, which neither its parameters nor its parameter query give."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What every filling needs."""

    connection: Connection
    cache: Cache
    policy: WarmPolicy
    budget: Budget
    beat: Callable[[], None] = lambda: None
    """Called between queries; whatever it raises ends the run."""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    value: Any
    tags: tuple[str, ...]


def by_query(filling: Filling, warmer: SqlWarmer) -> WarmedBy:
    """Run a warmer's query for each of its parameters and store what it returns."""

    def runs() -> Iterator[tuple[str, Mapping[str, Any]]]:
        for parameters in parameter_rows(filling, warmer.name, warmer.parameter_query, warmer.parameters):
            yield warmer.query, parameters

    return _fill(filling, warmer, runs())


def by_keys(filling: Filling, warmer: SqlWarmer, named: Iterable[Mapping[str, str]]) -> WarmedBy:
    """Run a warmer's replay query for each key, given by what it was made of."""
    assert warmer.replay_query is not None
    query = warmer.replay_query
    return _fill(filling, warmer, ((query, {**warmer.parameters, **names}) for names in named))


def parameter_rows(
    filling: Filling, name: str, query: str | None, given: Mapping[str, Any]
) -> Iterable[Mapping[str, Any]]:
    """Return the parameters of each run: those given, with each row of the parameter query."""
    if query is None:
        return [given]
    found = _rows(filling, f"{name}_parameters", query, given)
    return [{**given, **row} for row in found[: filling.policy.max_rows]]


def failure_of(error: DBAPIError) -> str:
    """Return what the server said of a query, in one line."""
    return f"its query failed: {str(error.orig).strip().splitlines()[0]}"


def _fill(filling: Filling, warmer: SqlWarmer, runs: Iterator[tuple[str, Mapping[str, Any]]]) -> WarmedBy:
    budget, began_s, keys, note = filling.budget, time.monotonic(), 0, None
    left_bytes, left_database_s, spared_ms = budget.bytes, budget.database_s, 0.0
    try:
        for query, parameters in runs:
            if (note := budget.held_up(filling.connection)) is not None:
                break
            filling.beat()
            asked_s = time.perf_counter()
            rows = _rows(filling, warmer.name, query, parameters)
            cost_ms = (time.perf_counter() - asked_s) * 1000
            entries = _gathered(warmer, parameters, rows[: filling.policy.max_rows])
            cost_ms /= max(1, len(entries))
            stored = _store(filling, warmer, entries, cost_ms)
            keys, spared_ms = keys + stored, spared_ms + stored * cost_ms
            if len(rows) > filling.policy.max_rows:
                note = f"a query returned more than {filling.policy.max_rows} rows; the rest was not warmed"
            if (spent := budget.spent()) is not None:
                note = spent
                break
    except DBAPIError as failure:
        note = failure_of(failure)
    except (KeyRefused, NotJson, ParameterMissing) as refusal:
        note = str(refusal)
    return WarmedBy(
        warmer.name,
        keys,
        left_bytes - budget.bytes,
        time.monotonic() - began_s,
        note,
        database_s=left_database_s - budget.database_s,
        spared_ms=spared_ms,
    )


def _gathered(warmer: SqlWarmer, parameters: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[_Entry]:
    """Make entries of rows: those of one key belong together, and the first of them names the tags."""
    key, tags = Template.parse(warmer.key), [Template.parse(tag) for tag in warmer.tags]
    groups: dict[str, list[dict[str, Any]]] = {}
    named: dict[str, tuple[str, ...]] = {}
    for row in rows:
        names = {**parameters, **row}
        name = key.known(names).fill(names)
        groups.setdefault(name, []).append(row)
        if name not in named:
            named[name] = tuple(tag.known(names).fill(names) for tag in tags)
    one = warmer.shape == "row"
    return [_Entry(name, group[-1] if one else group, named[name]) for name, group in groups.items()]


def _rows(filling: Filling, name: str, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    statement = text(sign(f"warm_{name}", query))
    binds = statement.compile().params
    for bind in binds:
        if bind not in parameters:
            raise ParameterMissing(bind=bind)
    began_s = time.perf_counter()
    try:
        with bounded(filling.connection, filling.policy.statement_timeout_ms):
            found = filling.connection.execute(statement, {bind: parameters[bind] for bind in binds})
            return [dict(row) for row in islice(found.mappings(), filling.policy.max_rows + 1)]
    finally:
        filling.budget.database_s -= time.perf_counter() - began_s


def _store(filling: Filling, warmer: SqlWarmer, entries: list[_Entry], cost_ms: float) -> int:
    stored, by_tags = 0, dict[tuple[str, ...], dict[str, Any]]()
    for entry in entries:
        size = len(encode(entry.value))
        if filling.budget.bytes < size:
            filling.budget.bytes = 0
            break
        filling.budget.bytes -= size
        by_tags.setdefault(entry.tags, {})[entry.key] = entry.value
    for tags, values in by_tags.items():
        items = iter(values.items())
        while some := dict(islice(items, filling.policy.batch)):
            stored += filling.cache.set_many(
                some, ttl_s=warmer.ttl_s, namespace=warmer.namespace, tags=tags, compute_ms=cost_ms
            )
    return stored
