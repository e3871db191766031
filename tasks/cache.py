"""The cache: warm it, invalidate it, and look at the Redis that holds it."""

from contextlib import closing
from dataclasses import asdict
from typing import Any

from celery import shared_task

from celeriac.cache import Cache, warmers
from celeriac.cache.analysis import analyze as analyze_redis
from celeriac.errors import CeleriacError
from config.database import ledger, read_only
from config.redis import cache_client
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask


class RedisSilent(CeleriacError):
    """The cache's Redis of target {target!r} does not answer; nothing was invalidated for other processes."""


@shared_task(name="celeriac.cache.warm", base=OptimizerTask, bind=True)
def warm(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Fill the cache by the configured SQL warmers, within the budget."""
    policy = settings().warming
    if policy.warmers_file is None:
        return {"status": "refused", "reason": "no warmers are configured (CELERIAC_WARMING__WARMERS_FILE)"}
    declared = warmers.read(policy.warmers_file)

    def progress(done: int, total: int, warmer: str) -> None:
        self.progress(done, total, "warmers", warmer)

    with closing(_cache(target)) as cache, read_only(target, replica=True) as connection:
        report = warmers.run(connection, cache, declared, policy, progress)
    with ledger(target) as state:
        run_id = warmers.record(state, target, report)
    results.publish("cache_warm", target, asdict(report))
    failed = [one.warmer for one in report.warmers if one.note is not None]
    seconds = round(report.seconds, 3)
    return {"status": "done", "run_id": run_id, "warmed": report.warmed, "bytes": report.bytes, "seconds": seconds} | {
        "noted": failed[:10],
        "stopped": report.stopped,
    }


@shared_task(name="celeriac.cache.invalidate", base=OptimizerTask, bind=True)
def invalidate(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    namespace: str | None = None,
    tags: list[str] | None = None,
    pattern: str | None = None,
    target: str = "main",
) -> dict[str, Any]:
    """Make a namespace, what is under tags, or the keys of a namespace that match a pattern unreadable for everyone."""
    if namespace is None and not tags:
        return {"status": "refused", "reason": "name a namespace, tags, or a pattern within a namespace"}
    if pattern is not None and namespace is None:
        return {"status": "refused", "reason": "a pattern needs the namespace whose keys it is to match"}
    dropped: int | None = None
    with closing(_cache(target)) as cache:
        if pattern is None:
            done = cache.invalidate(namespace=namespace, tags=tags or ())
        else:
            dropped = cache.invalidate_matching(pattern, namespace=namespace)
            done = dropped is not None and (not tags or cache.invalidate(tags=tags))
    if not done:
        raise RedisSilent(target=target)
    return {"status": "done", "dropped": dropped}


@shared_task(name="celeriac.cache.analyze", base=OptimizerTask, bind=True)
def analyze(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Look at the cache's Redis and publish what to mend; changes nothing."""
    analysis = analyze_redis(cache_client(target), settings().analysis)
    with closing(_cache(target)) as cache:
        counted = cache.statistics()
    namespaces = {
        name: asdict(one) | {"hit_ratio": one.hit_ratio, "saved_ms": one.saved_ms} for name, one in counted.items()
    }
    results.publish("cache_analysis", target, asdict(analysis) | {"namespaces": namespaces})
    return {
        "status": "done",
        "hit_ratio": round(analysis.server.hit_ratio, 4),
        "used_memory_bytes": analysis.server.used_memory_bytes,
        "findings": [finding.check for finding in analysis.findings],
    }


def _cache(target: str) -> Cache:
    return Cache(cache_client(target), policy=settings().cache)
