"""Run SQL warmers within a budget of seconds and bytes."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.cache.cache import Cache
from celeriac.cache.errors import KeyRefused, NotJson
from celeriac.cache.keys import Template
from celeriac.cache.policy import WarmPolicy
from celeriac.cache.values import encode
from celeriac.cache.warmers.order import ordered
from celeriac.cache.warmers.warmer import SqlWarmer, WarmedBy, WarmReport
from celeriac.errors import CeleriacError
from celeriac.sql import bounded, sign

Progress = Callable[[int, int, str], None]
"""Called with warmers done, warmers in all, and the name of the one that begins."""


class ParameterMissing(CeleriacError):
    """Its query needs the parameter {bind}, which neither its parameters nor its parameter query give."""


@dataclass(slots=True)
class _Budget:
    """What is left to spend."""

    ends_s: float
    bytes: int

    def spent(self) -> str | None:
        """Return what has run out."""
        if time.monotonic() >= self.ends_s:
            return "the budget of seconds is spent"
        return "the budget of bytes is spent" if self.bytes <= 0 else None


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    value: Any
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    entries: list[_Entry]
    compute_ms: float
    """What one of them cost."""
    cut: bool
    """Whether the query had more rows than are warmed."""


def run(
    connection: Connection,
    cache: Cache,
    warmers: Sequence[SqlWarmer],
    policy: WarmPolicy,
    progress: Progress | None = None,
) -> WarmReport:
    """Fill the cache with what the warmers' queries return, the most worthwhile first, until the budget is spent.

    `connection` is in a transaction, read-only if possible, and best on a replica. A warmer that fails is reported and
    the others run; whatever `progress` raises ends the run and leaves what was warmed.
    """
    began_s = time.monotonic()
    budget = _Budget(began_s + policy.budget_s, policy.budget_bytes)
    done: list[WarmedBy] = []
    stopped = None
    for warmer in ordered(warmers, cache.statistics()):
        stopped = budget.spent() or (None if cache.breaker_state == "closed" else "Redis does not answer")
        if stopped is not None:
            break
        if progress is not None:
            progress(len(done), len(warmers), warmer.name)
        done.append(_warm(connection, cache, warmer, policy, budget))
    if progress is not None:
        progress(len(done), len(warmers), "")
    keys, size = sum(one.keys for one in done), sum(one.bytes for one in done)
    return WarmReport(keys, size, time.monotonic() - began_s, tuple(done), stopped)


def _warm(connection: Connection, cache: Cache, warmer: SqlWarmer, policy: WarmPolicy, budget: _Budget) -> WarmedBy:
    began_s, keys, left, note = time.monotonic(), 0, budget.bytes, None
    try:
        for batch in _batches(connection, warmer, policy):
            keys += _store(cache, warmer, batch, policy, budget)
            if batch.cut:
                note = f"a query returned more than {policy.max_rows} rows; the rest was not warmed"
            if (spent := budget.spent()) is not None:
                note = spent
                break
    except DBAPIError as failure:
        note = f"its query failed: {str(failure.orig).strip().splitlines()[0]}"
    except (KeyRefused, NotJson, ParameterMissing) as refusal:
        note = str(refusal)
    return WarmedBy(warmer.name, keys, left - budget.bytes, time.monotonic() - began_s, note)


def _batches(connection: Connection, warmer: SqlWarmer, policy: WarmPolicy) -> Iterator[_Batch]:
    """Yield the entries of each run of the query."""
    for parameters in _parameters(connection, warmer, policy):
        began_s = time.perf_counter()
        rows = _rows(connection, warmer.name, warmer.query, parameters, policy)
        seconds = time.perf_counter() - began_s
        entries = _gathered(warmer, parameters, rows[: policy.max_rows])
        yield _Batch(entries, seconds * 1000 / max(1, len(entries)), len(rows) > policy.max_rows)


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


def _parameters(connection: Connection, warmer: SqlWarmer, policy: WarmPolicy) -> Iterable[Mapping[str, Any]]:
    if warmer.parameter_query is None:
        return [warmer.parameters]
    found = _rows(connection, f"{warmer.name}_parameters", warmer.parameter_query, warmer.parameters, policy)
    return [{**warmer.parameters, **row} for row in found[: policy.max_rows]]


def _rows(
    connection: Connection, name: str, query: str, parameters: Mapping[str, Any], policy: WarmPolicy
) -> list[dict[str, Any]]:
    with bounded(connection, policy.statement_timeout_ms):
        statement = text(sign(f"warm_{name}", query))
        binds = statement.compile().params
        for bind in binds:
            if bind not in parameters:
                raise ParameterMissing(bind=bind)
        found = connection.execute(statement, {bind: parameters[bind] for bind in binds})
        return [dict(row) for row in islice(found.mappings(), policy.max_rows + 1)]


def _store(
    cache: Cache,
    warmer: SqlWarmer,
    batch: _Batch,
    policy: WarmPolicy,
    budget: _Budget,
) -> int:
    stored, by_tags = 0, dict[tuple[str, ...], dict[str, Any]]()
    for entry in batch.entries:
        size = len(encode(entry.value))
        if budget.bytes < size:
            budget.bytes = 0
            break
        budget.bytes -= size
        by_tags.setdefault(entry.tags, {})[entry.key] = entry.value
    for tags, values in by_tags.items():
        items = iter(values.items())
        while some := dict(islice(items, policy.batch)):
            stored += cache.set_many(
                some, ttl_s=warmer.ttl_s, namespace=warmer.namespace, tags=tags, compute_ms=batch.compute_ms
            )
    return stored
