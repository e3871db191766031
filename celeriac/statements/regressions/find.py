"""Judge the newest window, and the newest hour for what runs rarely; open, continue and end regressions accordingly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from celeriac.locks import lock_key
from celeriac.sql import sign
from celeriac.statements.regressions import reading, store
from celeriac.statements.regressions.cause import cause_of, load_sentence, newcomer_sentence, sentence
from celeriac.statements.regressions.figures import present_side, shifted_side, usual_side
from celeriac.statements.regressions.follow import follow
from celeriac.statements.regressions.hours import Hour
from celeriac.statements.regressions.judge import Found, judge, loaded, newcomers
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.reading import Folded, hour_number
from celeriac.statements.regressions.rounds import Round, rounds
from celeriac.statements.regressions.store import EVERY_STATEMENT, New, Regression

_LOCK = text(sign("regressions_lock", "SELECT pg_advisory_xact_lock(:key)"))


@dataclass(frozen=True, slots=True)
class Examined:
    """What one run found."""

    judged: int
    """Statements whose window could be judged."""
    opened: tuple[Regression, ...]
    ended: tuple[Regression, ...]
    folded_hours: int


# 1. Take the target's lock until the caller's transaction ends: two runs at once would open a regression twice.
# 2. Fold the hours that are complete, so that what is usual is known up to the last one.
# 3. Judge the newest window; once an hour, judge by the hour what runs too rarely for a window.
# 4. Compare what is open with what was usual when it began.
def find_regressions(ledger: Connection, target: str, policy: RegressionPolicy) -> Examined:
    """Judge what was captured since, and write what that changes; judging a window again changes nothing."""
    ledger.execute(_LOCK, {"key": lock_key("regressions", target)})
    folded = reading.fold(ledger, target, policy)
    if folded.captured is None:
        return Examined(0, (), (), 0)
    judged = 0
    opened: list[Regression] = []
    ended: list[Regression] = []
    for one in rounds(ledger, target, folded, policy):
        found, able = judge(one.stretch, one.previous, one.norm, policy, only=one.judges)
        judged += able
        news = [*_worse(one, found), *_new(ledger, target, one, folded, policy), *_loaded(one, policy)]
        known = {regression.fingerprint for regression in one.open}
        begun = (store.begin(ledger, target, new) for new in news if new.fingerprint not in known)
        opened += [regression for regression in begun if regression is not None]
        ended += follow(ledger, one, folded.now, policy)
    return Examined(judged, tuple(opened), tuple(ended), len(folded.hours))


def _worse(one: Round, found: Sequence[Found]) -> Iterator[New]:
    for worse in found:
        usual = one.norm.statements[worse.fingerprint]
        cause, shift = cause_of(worse, usual), worse.shift
        busier = worse.kind == "busier"
        yield New(
            fingerprint=worse.fingerprint,
            cause=cause,
            sentence=sentence(cause, shift, usual),
            ratio=shift.calls_ratio if busier else shift.time_ratio,
            baseline=usual_side(usual),
            now=shifted_side(shift),
            ms_per_hour=shift.busier_ms_per_hour if busier else shift.slower_ms_per_hour,
            first_seen=_began(one) if worse.shown_before else one.stretch.began,
            last_seen=one.stretch.ended,
        )


def _new(
    ledger: Connection, target: str, one: Round, folded: Folded, policy: RegressionPolicy
) -> Iterator[New]:  # fmt: skip
    """Yield what was never seen before; while nothing is known for a day yet, everything would be."""
    day_ago = folded.now - policy.gone_after
    if one.stretch.hourly or folded.known_since is None or folded.known_since > day_ago:
        return
    asked = [name for name in one.stretch.statements if not _ran_before(one.hours.get(name, ()), day_ago)]
    seen = reading.newcomers(ledger, target, asked, day_ago) if asked else frozenset()
    for name, counters in newcomers(one.stretch, one.previous, seen, policy).items():
        ms_per_hour = counters.total_ms * 3600 / one.stretch.seconds
        yield New(
            fingerprint=name,
            cause="new",
            sentence=newcomer_sentence(counters.total_ms / one.stretch.load_ms, ms_per_hour),
            ratio=None,
            baseline={},
            now=present_side(counters, one.stretch.seconds),
            ms_per_hour=ms_per_hour,
            first_seen=_began(one),
            last_seen=one.stretch.ended,
        )


def _loaded(one: Round, policy: RegressionPolicy) -> Iterator[New]:
    ratio = None if one.stretch.hourly else loaded(one.stretch, one.previous, one.norm, policy)
    if ratio is not None:
        yield New(
            fingerprint=EVERY_STATEMENT,
            cause="load",
            sentence=load_sentence(ratio),
            ratio=ratio,
            baseline={"load_log": one.norm.load.log},
            now={"load_ratio": round(ratio, 3)},
            ms_per_hour=one.stretch.load_ms * (1 - 1 / ratio) * 3600 / one.stretch.seconds,
            first_seen=_began(one),
            last_seen=one.stretch.ended,
        )


def _ran_before(hours: Sequence[Hour], instant: datetime) -> bool:
    return any(hour.number < hour_number(instant) for hour in hours)


def _began(one: Round) -> datetime:
    return one.previous.began if one.previous is not None else one.stretch.began
