"""Carry open regressions on by what a round says of them, or end them."""

import math
from datetime import datetime

from sqlalchemy import Connection

from celeriac.statements.regressions import store
from celeriac.statements.regressions.figures import shifted_side
from celeriac.statements.regressions.judge import judged
from celeriac.statements.regressions.lifecycle import Span, ending, goes_on
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.rounds import Round
from celeriac.statements.regressions.shift import Shift, load_of
from celeriac.statements.regressions.store import EVERY_STATEMENT, Regression


def follow(ledger: Connection, one: Round, now: datetime, policy: RegressionPolicy) -> list[Regression]:
    """Write what a round says of each open regression; returns those that have ended."""
    shifts = [judged(part, one.norm, policy) if part is not None else {} for part in (one.stretch, one.previous)]
    ended = []
    for regression in one.open:
        if regression.fingerprint == EVERY_STATEMENT:
            how = _follow_load(ledger, regression, one, now, policy)
        else:
            speaks = one.judges(regression.fingerprint)
            shift, before = (of.get(regression.fingerprint) if speaks else None for of in shifts)
            how = _follow_statement(ledger, regression, one, shift, before, now, policy)
        if how is not None:
            store.end(ledger, regression, how)
            ended.append(regression)
    return ended


def _follow_statement(
    ledger: Connection, regression: Regression, one: Round, shift: Shift | None, before: Shift | None, now: datetime,
    policy: RegressionPolicy,
) -> str | None:  # fmt: skip
    span = Span(regression.cause, regression.first_seen, regression.last_seen)
    if shift is not None and goes_on(span, shift, policy):
        busier = regression.cause == "traffic"
        store.go_on(
            ledger,
            regression,
            ratio=shift.calls_ratio if busier else shift.time_ratio,
            now=shifted_side(shift),
            ms_per_hour=shift.busier_ms_per_hour if busier else shift.slower_ms_per_hour,
            last_seen=one.stretch.ended,
        )
    return ending(span, shift, before, now, policy)


def _follow_load(
    ledger: Connection, regression: Regression, one: Round, now: datetime, policy: RegressionPolicy
) -> str | None:
    if one.stretch.hourly or one.previous is None:
        return None
    usual = float(regression.baseline["load_log"])
    ratios = [math.exp(load_of(part, one.norm) - usual) for part in (one.stretch, one.previous)]
    if ratios[0] >= policy.resolve_ratio:
        store.go_on(
            ledger,
            regression,
            ratio=ratios[0],
            now={"load_ratio": round(ratios[0], 3)},
            ms_per_hour=one.stretch.load_ms * (1 - 1 / ratios[0]) * 3600 / one.stretch.seconds,
            last_seen=one.stretch.ended,
        )
    if now - regression.first_seen >= policy.accept_after:
        return "accepted"
    return "back" if max(ratios) < policy.resolve_ratio else None
