"""Make one run: the intent is written first, the statement is watched, and the catalog says what came of it.

1. the lock of the target, on the session that will run the statement; what a crash left is concluded
2. does the table still need it, and do the guards let it pass
3. the figures before, committed with the state `running`
4. the statement, gently, within its time, ended as soon as anybody waits for it or all is paused
5. the figures after: done, to be tried again, or failed
"""

from sqlalchemy import Connection

from celeriac.ledger import clock
from celeriac.maintenance import advise, conclude, decide, guards, need, reading, runs
from celeriac.maintenance.conclude import ACTOR, Result
from celeriac.maintenance.need import Need
from celeriac.maintenance.runs import Run
from celeriac.maintenance.sessions import Told, alone, bounded
from celeriac.sql import sign
from celeriac.supervision import waiters, watched
from celeriac.supervision.outcome import Outcome, Refused
from celeriac.supervision.sessions import Sessions
from celeriac.supervision.watched import Ran, Report


def perform(sessions: Sessions, run: Run, told: Told, *, report: Report | None = None) -> Result:
    """Make an approved run; raises RunMoved where the ledger has moved on meanwhile."""
    with alone(sessions, run.target) as held:
        if not held:
            return Refused("alone", "another maintenance run of ours is under way on this target")
        conclude.conclude_left(sessions, run.target, told)
        asked = _still_needed(sessions.watch, run, told)
        if isinstance(asked, str):
            return conclude.expire(sessions, run, asked)
        pid = sessions.backend_pid()
        with sessions.ledger() as ledger:
            outcome = decide.may_begin(guards.case(sessions.watch, ledger, run, told, pid))
            if isinstance(outcome, Refused):
                runs.note(ledger, run, outcome.reason)
                return outcome
        begun = _begin(sessions, run, asked, pid)
        with bounded(sessions.ddl, told.policy):
            ran = _run(sessions, begun, told, report)
        return conclude.conclude(sessions, begun, ran, told)


def recover(sessions: Sessions, target: str, told: Told) -> tuple[Result, ...]:
    """Bring every run whose worker died to its end, by what the catalog shows; one that is alive is left alone."""
    with sessions.ledger() as ledger:
        if not runs.in_states(ledger, target, "running"):
            return ()
    with alone(sessions, target) as held:
        return conclude.conclude_left(sessions, target, told) if held else ()


def _still_needed(watch: Connection, run: Run, told: Told) -> Need | str:
    table = reading.table(watch, run.table_oid)
    if table is None:
        return "the table is gone"
    if (table.schema_name, table.table_name) != (run.schema_name, run.table_name):
        return f"the table is called {table.name} now"
    found = need.still(run.kind, table, reading.server(watch), told.policy)
    if found is None:
        return "the table needs it no more: autovacuum, or somebody, has seen to it"
    if found.options.keys() != run.options.keys():
        return "the table's settings are no longer those that were proposed for"
    return found


def _begin(sessions: Sessions, run: Run, asked: Need, pid: int) -> Run:
    began = {**asked.table.evidence(), "at": reading.server(sessions.watch).at.isoformat()}
    undo = advise.undo(asked.table, run.options) if run.options else None
    with sessions.ledger() as ledger:
        return runs.transition(
            ledger,
            run,
            "begin",
            actor=ACTOR,
            reason=f"about to run {run.ddl}",
            evidence={"pid": pid, "before": began},
            before=began,
            undo_ddl=undo,
            backend_pid=pid,
            started_at=clock.now(),
        )


def _run(sessions: Sessions, run: Run, told: Told, report: Report | None) -> Ran:
    def may_go_on(pid: int) -> Outcome:
        outcome = waiters.check(sessions.watch, pid, most=told.limits.max_waiters)
        if isinstance(outcome, Refused):
            return outcome
        with sessions.ledger() as ledger:
            return decide.may_go_on(guards.case(sessions.watch, ledger, run, told, pid))

    return watched.run(sessions, sign(run.kind, run.ddl), poll_s=told.policy.poll_s, may_go_on=may_go_on, report=report)
