"""The counters of `celeriac.cache`, as every process that uses it flushes them to Redis."""

from collections.abc import Iterator

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

LOOKUPS = Metric(
    "celeriac_cache_lookups_total",
    "counter",
    "1",
    "Look-ups by outcome: hit (stale ones included), miss, bypassed (Redis did not answer).",
    ("namespace", "outcome"),
)
FUNCTION_LOOKUPS = Metric(
    "celeriac_cache_function_lookups_total",
    "counter",
    "1",
    "Look-ups of a decorated function whose namespace is not its own name, by outcome.",
    ("namespace", "function", "outcome"),
)
OPERATIONS = Metric(
    "celeriac_cache_operations_total",
    "counter",
    "1",
    "Sets, deletes, invalidations, computations, refreshes, stale and local hits, waits, values too large, errors, "
    "evictions from the process tier, times that a process stopped asking Redis.",
    ("namespace", "operation"),
)
BYTES = Metric(
    "celeriac_cache_bytes_total",
    "counter",
    "bytes",
    "Bytes read from and written to Redis.",
    ("namespace", "direction"),
)
SECONDS = Metric(
    "celeriac_cache_seconds_total",
    "counter",
    "seconds",
    "Computation done (computed) and spared by hits (saved).",
    ("namespace", "kind"),
)
METRICS = (LOOKUPS, FUNCTION_LOOKUPS, OPERATIONS, BYTES, SECONDS)

_OUTCOMES = (("hit", "hits"), ("miss", "misses"), ("bypassed", "bypassed"))
_OPERATIONS = (
    ("set", "sets"), ("delete", "deletes"), ("invalidation", "invalidations"), ("computation", "computations"),
    ("refresh", "refreshes"), ("stale_hit", "stale_hits"), ("wait", "waits"), ("too_large", "too_large"),
    ("error", "errors"), ("local_hit", "local_hits"), ("eviction", "evictions"),
    ("breaker_opening", "breaker_openings"),
)  # fmt: skip


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Name the counters of each namespace; what a library of another version does not count is 0."""
    for namespace, counted in sources.cache.items():
        for outcome, counter in _OUTCOMES:
            yield LOOKUPS.of(counted.get(counter, 0), namespace=namespace, outcome=outcome)
        for operation, counter in _OPERATIONS:
            yield OPERATIONS.of(counted.get(counter, 0), namespace=namespace, operation=operation)
        yield BYTES.of(counted.get("bytes_read", 0), namespace=namespace, direction="read")
        yield BYTES.of(counted.get("bytes_written", 0), namespace=namespace, direction="written")
        yield SECONDS.of(counted.get("compute_us", 0) / 1e6, namespace=namespace, kind="computed")
        yield SECONDS.of(counted.get("saved_us", 0) / 1e6, namespace=namespace, kind="saved")
    for (namespace, function), counted in sources.cache_functions.items():
        for outcome, counter in _OUTCOMES:
            lookups = counted.get(counter, 0)
            yield FUNCTION_LOOKUPS.of(lookups, namespace=namespace, function=function, outcome=outcome)
