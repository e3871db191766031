"""Give a table back exactly the settings it had; what was analyzed or vacuumed has nothing to undo."""

from sqlalchemy import Connection

from celeriac.errors import CeleriacError
from celeriac.maintenance import reading, runs, states
from celeriac.maintenance.facts import Table
from celeriac.maintenance.runs import Run
from celeriac.maintenance.sessions import Told, alone, bounded
from celeriac.sql import sign
from celeriac.supervision import waiters, watched
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions


class NothingToUndo(CeleriacError):
    """Maintenance run {id} was an {kind} of {table}: it changed no setting, so there is nothing to undo."""


class ChangedSince(CeleriacError):
    """{option} of {table} is {now}, not {ours} as run {id} set it: somebody else changed it, and it was left so."""


def revert(sessions: Sessions, run: Run, told: Told, *, actor: str, reason: str) -> Run | Refused:
    """Undo the settings of a run that is done; raises NothingToUndo, ChangedSince, MoveForbidden or RunMoved.

    A person's word: it waits neither for a window nor for the end of a pause.
    """
    check(run)
    with alone(sessions, run.target) as held:
        if not held:
            return Refused("alone", "another maintenance run of ours is under way on this target")
        table = reading.table(sessions.watch, run.table_oid)
        if table is not None and not _is_as_before(run, table):
            _check_still_ours(run, table)
            refused = _undo(sessions, run, told)
            if refused is not None:
                return refused
        with sessions.ledger() as ledger:
            return runs.transition(
                ledger,
                run,
                "undo",
                actor=actor,
                reason=reason,
                evidence={"options": None if table is None else _options(sessions.watch, run)},
                outcome=f"undone by {actor}: {reason}",
            )


def check(run: Run, table: Table | None = None) -> None:
    """Say at once what an undo would be refused for; raises NothingToUndo, MoveForbidden, ChangedSince."""
    if run.kind != "settings":
        raise NothingToUndo(id=run.id, kind=run.kind.upper(), table=run.table)
    states.after(run.state, "undo")
    if table is not None:
        _check_still_ours(run, table)


def _undo(sessions: Sessions, run: Run, told: Told) -> Refused | None:
    assert run.undo_ddl is not None
    with bounded(sessions.ddl, told.policy):
        ran = watched.run(
            sessions,
            sign("undo", run.undo_ddl),
            poll_s=told.policy.poll_s,
            may_go_on=lambda pid: waiters.check(sessions.watch, pid),
        )
    now = reading.table(sessions.watch, run.table_oid)
    return None if now is None or _is_as_before(run, now) else Refused("undo", ran.sentence)


def _is_as_before(run: Run, table: Table) -> bool:
    former = run.before["options"]
    return all(table.options.get(option) == former.get(option) for option in run.options)


def _check_still_ours(run: Run, table: Table) -> None:
    for option, ours in run.options.items():
        now = table.options.get(option)
        if now not in (ours, run.before["options"].get(option)):
            raise ChangedSince(id=run.id, option=option, table=run.table, ours=ours, now=now or "not set")


def _options(watch: Connection, run: Run) -> dict[str, str] | None:
    now = reading.table(watch, run.table_oid)
    return None if now is None else dict(now.options)
