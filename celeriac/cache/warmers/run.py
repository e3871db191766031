"""Run warmers within a budget of seconds, bytes, the database's time and messages."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection

from celeriac.cache.cache import Cache
from celeriac.cache.warmers import fill, sending
from celeriac.cache.warmers.budget import Budget
from celeriac.cache.warmers.fill import Filling
from celeriac.cache.warmers.hot import Hot
from celeriac.cache.warmers.order import ordered
from celeriac.cache.warmers.policy import WarmPolicy
from celeriac.cache.warmers.replay import replay
from celeriac.cache.warmers.task_warmer import Send, TaskWarmer
from celeriac.cache.warmers.warmer import WarmedBy, Warmer, WarmReport

Progress = Callable[[int, int, str], None]
"""Called with warmers done, warmers in all, and the name of the one at work; often, so that it may end the run."""

REPLAY = "hot keys"


def run(
    connection: Connection,
    cache: Cache,
    warmers: Sequence[Warmer],
    policy: WarmPolicy,
    progress: Progress | None = None,
    *,
    hot: Hot = Hot(),  # noqa: B008 - frozen
    send: Send | None = None,
) -> WarmReport:
    """Replay the hot keys, then fill the cache by the warmers, the most worthwhile first, until the budget is spent.

    `connection` is in a transaction, read-only if possible, and best on a replica. `send` sends the messages of task
    warmers. A warmer that fails is reported and the others run; whatever `progress` raises ends the run and leaves
    what was warmed.
    """
    began_s = time.monotonic()
    budget, tell = Budget.of(policy), progress or (lambda _done, _total, _note: None)
    steps = len(warmers) + bool(hot.keys)
    done: list[WarmedBy] = []
    stopped = None
    if hot.keys:
        tell(0, steps, REPLAY)
        filling = Filling(connection, cache, policy, budget, partial(tell, 0, steps, REPLAY))
        done += replay(filling, warmers, hot.keys, send)
    for place, warmer in enumerate(ordered(warmers, cache.statistics()), start=bool(hot.keys)):
        stopped = budget.spent() or (None if cache.breaker_state == "closed" else "Redis does not answer")
        if stopped is not None:
            break
        tell(place, steps, warmer.name)
        filling = Filling(connection, cache, policy, budget, partial(tell, place, steps, warmer.name))
        done.append(_warm(filling, warmer, send))
    tell(steps, steps, "")
    keys, size = sum(one.keys for one in done), sum(one.bytes for one in done)
    return WarmReport(keys, size, time.monotonic() - began_s, tuple(done), stopped, hot.cold)


def _warm(filling: Filling, warmer: Warmer, send: Send | None) -> WarmedBy:
    if isinstance(warmer, TaskWarmer):
        return sending.by_query(filling, warmer, send)
    return fill.by_query(filling, warmer)
