"""The hot set in the ledger, where it outlives Redis; and whether Redis has lost it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from celeriac.cache.keys import checked_name
from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.warmers.hot import Hot, HotKey, hottest
from celeriac.cache.warmers.policy import WarmPolicy
from celeriac.cache.warmers.replay import due, replayable
from celeriac.cache.warmers.warmer import Warmer
from celeriac.ledger import clock
from celeriac.ledger.models.hot_keys import HotSet

MARK_KEPT_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was hot when it was last looked at, and on which run of which server."""

    run_id: str
    keys: tuple[HotKey, ...]


def first(
    client: "Redis",
    ledger: Connection,
    target: str,
    known: Mapping[str, NamespaceStatistics],
    warmers: Iterable[Warmer],
    policy: WarmPolicy,
    prefix: str = "cache",
) -> Hot:
    """Return what to replay first: the hot keys that are about to end, or the whole hot set where Redis lost it.

    What is hot now is kept for that day. Nothing is to be replayed where Redis does not answer.
    """
    registered = tuple(warmers)
    namespaces = {one.namespace for one in replayable(registered)}
    if not namespaces:
        return Hot()
    try:
        run_id = str(client.info("server")["run_id"])
        seen = hottest(client, prefix, known, namespaces, policy)
        remembered = recall(ledger, target)
        cold = why_cold(client, prefix, run_id, remembered)
        mark(client, prefix, run_id)
    except RedisError:
        return Hot()
    if cold is None or remembered is None:
        if seen:
            remember(ledger, target, run_id, seen)
        return Hot(due(seen, policy.replay_within_s))
    there = {(one.namespace, one.key) for one in seen if one.left_s > policy.replay_within_s}
    return Hot(tuple(one for one in remembered.keys if (one.namespace, one.key) not in there), cold)


def remember(ledger: Connection, target: str, run_id: str, keys: Iterable[HotKey]) -> None:
    """Keep the hot set of a target in place of the one before; the caller owns the transaction."""
    document = [[one.namespace, one.key, round(one.heat, 4), one.bytes, round(one.cost_ms, 3)] for one in keys]
    row = {"target": target, "run_id": run_id, "keys": document, "taken_at": clock.now()}
    written = insert(HotSet).values(row)
    ledger.execute(written.on_conflict_do_update(index_elements=["target"], set_=row))


def recall(ledger: Connection, target: str) -> Remembered | None:
    """Return the hot set of a target, those worth most first; None where none was ever kept."""
    row = ledger.execute(select(HotSet.run_id, HotSet.keys).where(HotSet.target == target)).one_or_none()
    return None if row is None else Remembered(row.run_id, tuple(_key(document) for document in row.keys))


def why_cold(client: "Redis", prefix: str, run_id: str, remembered: Remembered | None) -> str | None:
    """Return why what was hot is gone from Redis, None where nothing says so.

    A mark that every run sets is lost with the rest in a flush; the server's run_id changes with each start.
    """
    if remembered is None or not remembered.keys:
        return None
    marked = client.get(_mark(prefix))
    if marked is None:
        return "Redis was started anew" if remembered.run_id != run_id else "Redis was emptied"
    # It kept its data over the restart, or a replica took over that had it: only what is missing is due.
    return None


def mark(client: "Redis", prefix: str, run_id: str) -> None:
    """Leave the mark that a flush or an empty restart takes away."""
    client.set(_mark(prefix), run_id, ex=MARK_KEPT_S)


def _mark(prefix: str) -> str:
    return f"{checked_name(prefix, 'prefix')}:h"


def _key(document: list[Any]) -> HotKey:
    namespace, key, heat, size, cost = document
    return replace(HotKey(namespace, key, heat, size, 0.0), cost_ms=cost)
