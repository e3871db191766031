"""What came of a run, by what the catalog shows: done, to be tried again, failed, or needed no more."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.ledger import clock
from celeriac.maintenance import reading, runs, verify
from celeriac.maintenance.facts import Table
from celeriac.maintenance.runs import Run
from celeriac.maintenance.sessions import Told
from celeriac.supervision import watched
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions
from celeriac.supervision.watched import Ran

ACTOR = "celeriac"
_LATE_S = 3.0
"""Before PostgreSQL 15 the statistics are a while behind what was done."""


@dataclass(frozen=True, slots=True)
class Done:
    """The catalog shows that it was done."""

    run: Run


@dataclass(frozen=True, slots=True)
class Expired:
    """The table needs it no more."""

    run: Run
    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing came of it; it is tried again."""

    run: Run
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing came of it, and it is not tried again."""

    run: Run
    reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """We lost the server: what came of it is seen when its session has ended."""

    run: Run
    reason: str


Result = Done | Expired | Postponed | Failed | Interrupted | Refused


def conclude(sessions: Sessions, run: Run, ran: Ran, told: Told) -> Result:
    """Bring a run that has begun to its end; the caller holds the target's lock."""
    if sessions.ddl.invalidated:
        return Interrupted(run, ran.sentence)  # the server may still be at it; while it is, it holds the lock
    now = _after(sessions.watch, run, ran)
    if now is None:
        return _fail(sessions, run, "the table was dropped meanwhile")
    if verify.is_done(run.kind, run.before, run.options, now):
        return _finish(sessions, run, now)
    blameless = ran.stopped is not None and ran.stopped.guard != "waiters"
    attempt = run.attempt + (0 if blameless else 1)
    if not ran.is_transient or attempt >= told.policy.max_attempts:
        return _fail(sessions, run, ran.sentence)
    with sessions.ledger() as ledger:
        again = runs.transition(
            ledger,
            run,
            "retry",
            actor=ACTOR,
            reason=ran.sentence,
            lasts=told.policy.expires,
            attempt=attempt,
            outcome=ran.sentence,
            not_before=clock.later(watched.back_off(told.policy.retry_after, attempt)),
        )
    return Postponed(again, ran.sentence)


def _after(watch: Connection, run: Run, ran: Ran) -> Table | None:
    until = time.monotonic() + (_LATE_S if ran == Ran() else 0.0)
    while True:
        now = reading.table(watch, run.table_oid)
        if now is None or verify.is_done(run.kind, run.before, run.options, now) or time.monotonic() >= until:
            return now
        time.sleep(0.1)


def _finish(sessions: Sessions, run: Run, now: Table) -> Done:
    outcome = verify.told(run.kind, run.before, run.options, now)
    with sessions.ledger() as ledger:
        return Done(
            runs.transition(
                ledger,
                run,
                "finish",
                actor=ACTOR,
                reason=outcome,
                evidence={"after": now.evidence()},
                after=now.evidence(),
                outcome=outcome,
                ended_at=clock.now(),
            )
        )


def _fail(sessions: Sessions, run: Run, reason: str) -> Failed:
    with sessions.ledger() as ledger:
        failed = runs.transition(
            ledger, run, "fail", actor=ACTOR, reason=reason, outcome=reason, ended_at=clock.now()
        )  # fmt: skip
    return Failed(failed, reason)


def conclude_left(sessions: Sessions, target: str, told: Told) -> tuple[Result, ...]:
    """Bring every run that its worker left to its end; with the target's lock in hand none of them can be alive."""
    with sessions.ledger() as ledger:
        left = runs.in_states(ledger, target, "running")
    return tuple(conclude(sessions, run, Ran(lost=True), told) for run in left)


def expire(sessions: Sessions, run: Run, reason: str) -> Expired:
    """Close a run that the table needs no more."""
    with sessions.ledger() as ledger:
        expired = runs.transition(
            ledger, run, "expire", actor=ACTOR, reason=reason, outcome=reason, ended_at=clock.now()
        )  # fmt: skip
    return Expired(expired, reason)
