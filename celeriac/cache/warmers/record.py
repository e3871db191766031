"""Keep what a warm run brought in the ledger, and tell what the last one earned."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select

from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.warmers.warmer import WarmReport
from celeriac.ledger.models.caching import WarmRun

Counts = Mapping[str, Mapping[str, int]]
"""hits, misses and saved_us of each warmed namespace."""


@dataclass(frozen=True, slots=True)
class Earned:
    """What a namespace's readers have had since the last run."""

    namespace: str
    hits: int
    hit_ratio: float
    saved_ms: float


def record(ledger: Connection, target: str, report: WarmReport, counts: Counts | None = None) -> int:
    """Write a WarmRun and return its id; the caller owns the transaction."""
    row = {
        "target": target,
        "kind": "cache",
        "seconds": report.seconds,
        "warmed": report.warmed,
        "bytes": report.bytes,
        "detail": {
            "warmers": [asdict(one) for one in report.warmers],
            "stopped": report.stopped,
            "cold": report.cold,
            "sent": report.sent,
            "replayed": report.replayed,
            "spared_ms": round(report.spared_ms, 1),
            "namespaces": counts or {},
        },
    }
    written: int = ledger.execute(insert(WarmRun).values(row).returning(WarmRun.id)).scalar_one()
    return written


def counts_of(known: Mapping[str, NamespaceStatistics], namespaces: Iterable[str]) -> Counts:
    """Return what is to be compared at the next run."""
    return {
        name: {"hits": known[name].hits, "misses": known[name].misses, "saved_us": known[name].saved_us}
        for name in sorted({*namespaces})
        if name in known
    }


def last_counts(ledger: Connection, target: str) -> Counts:
    """Return the counts of the last run, empty where there was none."""
    query = (
        select(WarmRun.detail["namespaces"])
        .where(WarmRun.target == target, WarmRun.kind == "cache")
        .order_by(WarmRun.started_at.desc(), WarmRun.id.desc())
        .limit(1)
    )
    found: Counts | None = ledger.execute(query).scalar_one_or_none()
    return found or {}


def earned(before: Counts, now: Counts) -> tuple[Earned, ...]:
    """Return what readers had from each namespace between two runs; cleared statistics begin at zero.

    >>> earned({"u": {"hits": 5, "misses": 5, "saved_us": 0}}, {"u": {"hits": 8, "misses": 6, "saved_us": 9000}})
    (Earned(namespace='u', hits=3, hit_ratio=0.75, saved_ms=9.0),)
    """
    found = []
    for name, counts in now.items():
        past = before.get(name, {})
        since = {counter: amount - past.get(counter, 0) for counter, amount in counts.items()}
        if min(since.values()) < 0:
            since = dict(counts)
        lookups = since["hits"] + since["misses"]
        ratio = round(since["hits"] / lookups, 4) if lookups else 0.0
        found.append(Earned(name, since["hits"], ratio, since["saved_us"] / 1000))
    return tuple(found)
