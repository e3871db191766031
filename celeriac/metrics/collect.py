"""One round of all samplers: each within its time, none able to stop the others."""

import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection

from celeriac import sql
from celeriac.metrics import live
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample, known
from celeriac.metrics.samplers import SAMPLERS, Sampler
from celeriac.metrics.sources import Sources

logger = logging.getLogger(__name__)

UP = Metric(
    "celeriac_sampler_up", "gauge", "1", "1 where the sampler answered in this round, 0 where it failed.", ("sampler",)
)
SECONDS = Metric("celeriac_sampler_seconds", "gauge", "seconds", "How long the sampler took.", ("sampler",))
METRICS: tuple[Metric, ...] = (
    UP,
    SECONDS,
    *(metric for sampler in SAMPLERS for metric in sampler.metrics),
    *live.METRICS,
)
"""Every name there is, as docs/metrics.md lists them."""


def collect(sources: Sources, policy: MetricsPolicy, samplers: Sequence[Sampler] = SAMPLERS) -> tuple[Sample, ...]:
    """Return the samples of everything that `sources` holds, with the samplers' own state.

    With a ledger, dear and rare samplers that ran a moment ago are spared; without one, all run.
    """
    ages_s = _ages_s(sources)
    due = (
        sampler for sampler in samplers if ages_s.get(sampler.name, math.inf) >= sampler.every(policy).total_seconds()
    )
    return tuple(sample for sampler in due for sample in _run(sampler, sources, policy))


def failed(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Return the samplers that failed in a round."""
    return tuple(dict(sample.labels)["sampler"] for sample in samples if sample.name == UP.name and not sample.value)


def _ages_s(sources: Sources) -> Mapping[str, float]:
    """Return how long ago each sampler ran, in whatever process."""
    if sources.ledger is None:
        return {}
    rows = sources.ledger.execute(sql.load(__file__, "last_sampled"), {"target": sources.target, "name": UP.name})
    return {row.sampler: row.age_s for row in rows}


def _run(sampler: Sampler, sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:
    if sampler.needs in sources.away:
        yield UP.of(0, sampler=sampler.name)
        return
    if not getattr(sources, sampler.needs):
        return
    began = time.perf_counter()
    up = True
    samples: tuple[Sample, ...] = ()
    try:
        with _within(getattr(sources, sampler.needs), policy):
            samples = known(sampler.sample(sources, policy))
    except Exception as error:  # noqa: BLE001 - whatever ails one sampler, the others still have news
        up = False
        _log_once(sampler.name, type(error).__name__, str(getattr(error, "orig", error)).partition("\n")[0])
    yield from samples
    yield UP.of(up, sampler=sampler.name)
    yield SECONDS.of(time.perf_counter() - began, sampler=sampler.name)


def _within(source: object, policy: MetricsPolicy) -> AbstractContextManager[None]:
    """Bound what runs on PostgreSQL; Redis clients carry their socket time-outs with them."""
    return sql.bounded(source, policy.sampler_timeout_ms) if isinstance(source, Connection) else nullcontext()


_said: set[tuple[str, str]] = set()


def _log_once(sampler: str, kind: str, reason: str) -> None:
    if (sampler, kind) not in _said:
        _said.add((sampler, kind))
        logger.warning("sampler %s failed, the others go on: %s: %s", sampler, kind, reason)
