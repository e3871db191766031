"""The facts that the checks of Redis and Celery look at, each from the part that measures it."""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from celery import Celery
from kombu.exceptions import OperationalError as BrokerAway
from redis import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import Connection

from beat_schedule import ENTRIES
from celeriac.cache.analysis import CHECKS, KeySample
from celeriac.cache.analysis import server as servers
from celeriac.health.finding import Finding
from celeriac.health.services.facts import Entry, Queue, Role, Services, Store
from celeriac.ledger import clock
from celeriac.metrics import history
from celeriac.metrics.sample import Sample
from celeriac.metrics.samplers import queues as sampler
from celeriac.metrics.sources import Broker, Sources
from config.messaging import QUEUES, UNDELIVERABLE
from config.redis import broker_client, cache_client, results_client
from config.settings import settings
from tasks import heartbeat, outcomes
from tasks.duties import period_s

ASKED_S: Final = 0.5
"""How long workers have to say what they take from."""
GROWING: Final = timedelta(minutes=10)
"""Over what time a queue is said to grow."""
ADOPTED: Final[Mapping[str, tuple[str, bool, str]]] = {
    "memory": ("cache_memory", True, "The cache has room."),
    "hit_ratio": ("cache_hit_ratio", True, "The cache mostly hits."),
    "evictions": ("cache_evictions", True, "The cache keeps what it is given."),
    "fragmentation": ("redis_fragmentation", False, "No Redis holds much memory that it does not use."),
    "clients": ("redis_clients", False, "Every Redis has connections left."),
    "slow_commands": ("redis_slow_commands", False, "No command held a Redis up."),
    "latency": ("redis_latency", False, "Every Redis answers at once."),
    "persistence": ("redis_not_saving", False, "Every Redis can save its data."),
    "replication": ("redis_replica", False, "Every Redis takes writes."),
}
"""The cache's own analysis by its names: the check's name here, whether it is about caches alone, and what is well."""

_NO_KEYS: Final = KeySample(0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A server, by the roles that it plays, with what it says of itself."""

    store: Store
    server: servers.Server | None = None


def gather(app: Celery, target: str, before: Mapping[str, int] | None = None) -> tuple[Services, tuple[Finding, ...]]:
    """Return the facts, and what the cache's own analysis finds in the servers; `before` is what waited once."""
    seen = tuple(_stores(target))
    queues, undeliverable, held_s = _queues(app, before or {})
    limits = settings().tasks
    facts = Services(
        stores=tuple(one.store for one in seen),
        queues=queues,
        undeliverable=undeliverable,
        held_oldest_s=held_s,
        longest_run_s=max(limits.time_limit, limits.ddl_time_limit).total_seconds(),
        beat_silent_s=_beat_silent_s(),
        entries=_entries(target),
    )
    return facts, tuple(_adopted(seen))


def waited(state: Connection, target: str) -> dict[str, int]:
    """Return how many messages waited in each queue ten minutes ago, as the history of metrics has it."""
    now = clock.instant(state)
    found: dict[str, float] = defaultdict(float)
    for series in history.read(state, target, sampler.MESSAGES.name, step="sample", since=now - GROWING, until=now):
        if series.points[0].at <= now - GROWING / 2:
            found[series.labels["queue"]] += series.points[0].last
    return {queue: int(count) for queue, count in found.items()}


def _stores(target: str) -> Iterator[_Seen]:
    clients: dict[Role, Redis] = {"broker": broker_client(), "results": results_client(), "cache": cache_client(target)}
    together: dict[str, list[Role]] = defaultdict(list)
    said: dict[str, tuple[servers.Server, bool | None]] = {}
    for role, client in clients.items():
        try:
            server = servers.read(client)
            said.setdefault(server.run_id, (server, _saves(client)))
        except RedisError:
            yield _Seen(Store((role,), answers=False))
        else:
            together[server.run_id].append(role)
    for run_id, roles in together.items():
        yield _seen(tuple(roles), *said[run_id])


def _seen(roles: tuple[Role, ...], server: servers.Server, saves: bool | None) -> _Seen:
    store = Store(
        roles,
        used_bytes=server.used_memory_bytes,
        limit_bytes=server.max_memory_bytes,
        eviction_policy=server.eviction_policy,
        evicted=server.evicted,
        saves=saves,
        blocked_clients=server.blocked_clients,
        clients=server.clients,
    )
    return _Seen(store, server)


def _saves(client: Redis) -> bool | None:
    if client.info("persistence").get("aof_enabled"):
        return True
    try:
        return bool(client.config_get("save").get("save"))
    except ResponseError:  # a managed one does not say
        return None


def _adopted(seen: tuple[_Seen, ...]) -> Iterator[Finding]:
    for check in CHECKS:
        if check.__name__ not in ADOPTED:
            continue
        name, of_caches, well = ADOPTED[check.__name__]
        found = [
            Finding(
                name,
                "critical" if said.severity == "critical" else "warning",
                one.store.name,
                said.sentence,
                cure=said.cure,
            )
            for one in seen
            if one.server is not None and not (of_caches and one.store.keeps)
            if (said := check(one.server, _NO_KEYS, settings().analysis)) is not None
        ]
        yield from found or [Finding(name, "ok", "", well)]


def _queues(app: Celery, before: Mapping[str, int]) -> tuple[tuple[Queue, ...] | None, int, float]:
    client = broker_client()
    try:
        samples = tuple(sampler.sample(Sources(broker=Broker(client, QUEUES)), settings().metrics))
        aside = int(client.llen(UNDELIVERABLE))
    except RedisError:
        return None, 0, 0.0
    workers = _workers(app)
    queues = tuple(
        Queue(
            name,
            int(_sum(samples, sampler.MESSAGES.name, name)),
            _oldest_s(samples, name),
            _taking(workers, name),
            before.get(name),
        )
        for name in QUEUES
    )
    return queues, aside, next((one.value for one in samples if one.name == sampler.HELD.name), 0.0)


def _workers(app: Celery) -> Mapping[str, Any] | None:
    try:
        answers: Mapping[str, Any] | None = app.control.inspect(timeout=ASKED_S).active_queues()
    except (RedisError, BrokerAway, OSError):
        return None
    return answers or None


def _taking(workers: Mapping[str, Any] | None, queue: str) -> tuple[str, ...] | None:
    if workers is None:
        return None
    return tuple(sorted(worker for worker, taken in workers.items() if any(one["name"] == queue for one in taken)))


def _sum(samples: tuple[Sample, ...], name: str, queue: str) -> float:
    return sum(one.value for one in samples if one.name == name and dict(one.labels).get("queue") == queue)


def _oldest_s(samples: tuple[Sample, ...], queue: str) -> float | None:
    ages = [one.value for one in samples if one.name == sampler.OLDEST.name and dict(one.labels)["queue"] == queue]
    known = [age for age in ages if math.isfinite(age)]
    return max(known) if known else None


def _beat_silent_s() -> float | None:
    try:
        at = heartbeat.last()
    except RedisError:
        return None
    return None if at is None else max(0.0, time.time() - at)


def _entries(target: str) -> tuple[Entry, ...] | None:
    periods = {entry.task: period for entry in ENTRIES if (period := period_s(entry.name))}
    try:
        ran = outcomes.last(target, periods)
    except RedisError:
        return None
    return tuple(_entry(task, period, ran.get(task)) for task, period in periods.items())


def _entry(task: str, period: float, last: Mapping[str, Any] | None) -> Entry:
    if last is None:
        return Entry(task, period, None)
    ago = (datetime.now(UTC) - datetime.fromisoformat(last["at"])).total_seconds()
    return Entry(task, period, max(0.0, ago), last["outcome"], last.get("reason"))
