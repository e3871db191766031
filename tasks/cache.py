"""The cache: warm it, invalidate it, and look at the Redis that holds it."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from celery import current_app, shared_task
from kombu import Exchange, Queue

from celeriac.cache import Cache, warmers
from celeriac.cache.analysis import Analysis
from celeriac.cache.analysis import analyze as analyze_redis
from celeriac.cache.analysis import apply as apply_mending
from celeriac.cache.analysis import plan as mending_of
from celeriac.errors import CeleriacError
from celeriac.ledger import audit
from celeriac.priorities import CRITICAL
from config.database import ledger, read_only
from config.redis import cache_client
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask

ACTOR = "celeriac"


class RedisSilent(CeleriacError):
    """The cache's Redis of target {target!r} does not answer; nothing was invalidated for other processes."""


@shared_task(name="celeriac.cache.warm", base=OptimizerTask, bind=True)
def warm(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Replay the hot keys that are about to end, or all of them where Redis lost them; then run the warmers."""
    policy = settings().warming
    if policy.warmers_file is None:
        return {"status": "refused", "reason": "no warmers are configured (CELERIAC_WARMING__WARMERS_FILE)"}
    declared = warmers.read(policy.warmers_file)
    client = cache_client(target)

    def progress(done: int, total: int, warmer: str) -> None:
        self.progress(done, total, "warmers", warmer)

    with closing(_cache(target)) as cache, read_only(target, replica=True) as connection:
        with ledger(target) as state:
            hot = warmers.first(client, state, target, cache.statistics(), declared, policy)
        report = warmers.run(connection, cache, declared, policy, progress, hot=hot, send=_send)
        counts = warmers.counts_of(cache.statistics(), (one.namespace for one in declared))
    with ledger(target) as state:
        earned = warmers.earned(warmers.last_counts(state, target), counts)
        run_id = warmers.record(state, target, report, counts)
    figures = {"sent": report.sent, "replayed": report.replayed, "spared_ms": round(report.spared_ms, 1)}
    results.publish("cache_warm", target, asdict(report) | figures | {"earned": [asdict(one) for one in earned]})
    failed = [one.warmer for one in report.warmers if one.note is not None]
    seconds = round(report.seconds, 3)
    return {"status": "done", "run_id": run_id, "warmed": report.warmed, "bytes": report.bytes, "seconds": seconds} | {
        **figures,
        "earned_ms": round(sum(one.saved_ms for one in earned), 1),
        "cold": report.cold,
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
    analysis = look(target)
    return {
        "status": "done",
        "hit_ratio": round(analysis.server.hit_ratio, 4),
        "used_memory_bytes": analysis.server.used_memory_bytes,
        "findings": [finding.check for finding in analysis.findings],
    }


def look(target: str) -> Analysis:
    """Analyse the cache's Redis and publish what was seen."""
    analysis = analyze_redis(cache_client(target), settings().analysis)
    with closing(_cache(target)) as cache:
        counted = cache.statistics()
    namespaces = {
        name: asdict(one) | {"hit_ratio": one.hit_ratio, "saved_ms": one.saved_ms} for name, one in counted.items()
    }
    results.publish("cache_analysis", target, asdict(analysis) | {"namespaces": namespaces})
    return analysis


def mend(target: str, analysis: Analysis) -> list[str]:
    """Change what is safe to change in the cache's Redis; the ledger holds what undoes it before it is done."""
    client, done = cache_client(target), []
    for mending in mending_of(client, analysis, settings().mending):
        evidence = {"kind": mending.kind, "keys": len(mending.keys), "undo": list(mending.undo)}
        with ledger(target) as state:
            audit.record(
                state, target, to_state="cache mending", actor=ACTOR, reason=mending.sentence, evidence=evidence
            )
        changed = apply_mending(client, mending)
        with ledger(target) as state:
            audit.record(
                state,
                target,
                from_state="cache mending",
                to_state="cache mended",
                actor=ACTOR,
                reason=mending.sentence,
                evidence={"kind": mending.kind, "changed": changed},
            )
        if changed:
            done.append(mending.sentence)
    return done


def _send(warmer: warmers.TaskWarmer, arguments: Mapping[str, Any]) -> None:
    """Send a message to another service's queue, which our own configuration does not know.

    With priority 0 it lies in the list that bears the queue's name: whichever priority steps its owner has, it looks
    there.
    """
    current_app.send_task(
        warmer.task,
        kwargs=dict(arguments),
        queue=Queue(warmer.queue, Exchange(warmer.queue), routing_key=warmer.queue),  # type: ignore[arg-type]
        priority=CRITICAL,
        expires=warmer.expires_s,
        ignore_result=True,
    )


def _cache(target: str) -> Cache:
    return Cache(cache_client(target), policy=settings().cache)
