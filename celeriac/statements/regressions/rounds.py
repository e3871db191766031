"""Bring together what one judgement needs: a window or an hour, the one before, and what is usual at that time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median_low

from sqlalchemy import Connection

from celeriac.statements.regressions import reading, store
from celeriac.statements.regressions.figures import usual_from
from celeriac.statements.regressions.hours import Hour, wanted_hours
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.reading import Folded, hour_number
from celeriac.statements.regressions.shift import Stretch
from celeriac.statements.regressions.store import Regression
from celeriac.statements.regressions.usual import Norm, learn

_MEMORY = timedelta(weeks=6)
"""Hours further back are not asked for."""


@dataclass(frozen=True, slots=True)
class Round:
    """A window, or an hour, with what is usual."""

    stretch: Stretch
    previous: Stretch | None
    norm: Norm
    """Of statements with an open regression, what was usual when it began."""
    hours: Mapping[str, Sequence[Hour]]
    rare: frozenset[str]
    """The statements that are judged by the hour."""
    open: tuple[Regression, ...]

    def judges(self, fingerprint: str) -> bool:
        """Tell whether this round speaks for a statement: each is judged by windows or by hours."""
        return (fingerprint in self.rare) == self.stretch.hourly


def rounds(ledger: Connection, target: str, folded: Folded, policy: RegressionPolicy) -> Iterator[Round]:
    """Yield the newest window's round and, where an hour has just ended, that hour's."""
    assert folded.captured is not None
    watched = [one.fingerprint for one in store.open_regressions(ledger, target)]
    newest = reading.newest_window(folded.captured, policy)
    pairs = [reading.windows(ledger, target, newest, watched, policy)]
    if folded.hours and folded.captured - folded.hours[-1] < timedelta(hours=2):
        pairs.append(reading.hour(ledger, target, folded.hours[-1], watched, policy))
    for stretch, previous in pairs:
        if stretch is not None:
            yield _round(ledger, target, stretch, previous, policy)


def _round(
    ledger: Connection, target: str, stretch: Stretch, previous: Stretch | None, policy: RegressionPolicy
) -> Round:
    now = hour_number(stretch.began)
    hours = reading.hours(ledger, target, wanted_hours(now, policy), stretch.statements.keys())
    known = store.seen_since(ledger, target, stretch.began - _MEMORY)
    norm = learn(without_regressions(hours, known), now, policy)
    is_open = tuple(one for one in known if one.resolved_at is None)
    frozen = {one.fingerprint: usual for one in is_open if (usual := usual_from(one.baseline)) is not None}
    return Round(
        stretch=stretch,
        previous=previous,
        norm=replace(norm, statements={**norm.statements, **frozen}),
        hours=hours,
        rare=frozenset(name for name, of in hours.items() if is_rare(of, policy)),
        open=is_open,
    )


def without_regressions(
    hours: Mapping[str, Sequence[Hour]], regressions: Sequence[Regression]
) -> Mapping[str, Sequence[Hour]]:
    """Leave out the hours in which a statement was not as usual; where that was accepted, those before instead."""
    cleaned = dict(hours)
    for one in regressions:
        of = cleaned.get(one.fingerprint)
        if of is None or one.cause == "new":
            continue
        first, last = hour_number(one.first_seen), _last(one)
        if one.ending == "accepted":
            cleaned[one.fingerprint] = [hour for hour in of if hour.number > first]
        else:
            cleaned[one.fingerprint] = [hour for hour in of if not first <= hour.number <= last]
    return cleaned


def is_rare(hours: Sequence[Hour], policy: RegressionPolicy) -> bool:
    """Tell whether a statement usually has fewer calls in a window than a judgement needs."""
    per_hour = policy.min_calls * 3600 / policy.window.total_seconds()
    return bool(hours) and median_low(hour.counters.calls for hour in hours) < per_hour


def _last(regression: Regression) -> int:
    end: datetime = regression.resolved_at or regression.last_seen
    return hour_number(end)
