"""Read what may speak against a run, from the target and the ledger; `decide` judges it."""

from sqlalchemy import Connection

from celeriac.ledger import changes, control
from celeriac.ledger.changes import Change
from celeriac.ledger.control import Control
from celeriac.ledger.states import UNJUDGED
from celeriac.maintenance import runs
from celeriac.maintenance.decide import Case, Holder, Moment, Standing
from celeriac.maintenance.policy import Kind, Mode
from celeriac.maintenance.runs import Run
from celeriac.maintenance.sessions import Told
from celeriac.sql import load
from celeriac.supervision import replicas

_UNDOING = ("reverting", "restoring")
_MODES: dict[str, Mode] = {"observe": "observe", "approve": "approve", "auto": "auto"}


def case(watch: Connection, ledger: Connection, run: Run, told: Told, own_pid: int | None = None) -> Case:
    """Return everything that the guards look at for one run."""
    return Case(
        run.kind, run.actor, _moment(watch, run, own_pid or 0), _standing(ledger, run, told), told.limits, told.policy
    )


def mode(held: Control, kind: Kind, told: Told) -> Mode:
    """Return the most careful of the kind's mode, the target's own and the fall-back."""
    configured = told.policy.mode(kind)
    return _MODES[held.effective_mode(Control(mode=told.limits.mode).effective_mode(configured))]


def _moment(watch: Connection, run: Run, own_pid: int) -> Moment:
    own = {"own_pid": own_pid}
    row = watch.execute(load(__file__, "moment"), {**own, "oid": run.table_oid}).one()
    holders = watch.execute(load(__file__, "holders"), own)
    return Moment(
        **row._asdict(),
        replicas=replicas.read(watch),
        holders=tuple(Holder(**one._asdict()) for one in holders),
    )


def _standing(ledger: Connection, run: Run, told: Told) -> Standing:
    held = control.in_force(ledger, run.target, paused=told.limits.paused)
    under_way = changes.in_states(ledger, run.target, *UNJUDGED)
    return Standing(
        held.sentence,
        mode(held, run.kind, told),
        runs.begun_within_a_day(ledger, run.target, run.id),
        next((_words(change) for change in under_way if change.table == run.table), None),
        next((_words(change) for change in under_way if change.state in _UNDOING), None),
    )


def _words(change: Change) -> str:
    return f"change {change.id} of the indexes of {change.table} is {change.state}"
