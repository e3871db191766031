"""Whether a run may begin, or go on, now: one function a reason, asked in this order; a refusal says what was seen.

Reading stands in `guards`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time

from celeriac.maintenance.policy import Kind, Limits, MaintenancePolicy, Mode
from celeriac.supervision.limits import Replica, closed, lagging, overloaded
from celeriac.supervision.outcome import Clear, Outcome, Refused, judged

AUTO = "auto"
"""The actor of what no person approved."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who might still see what has died; a replica or slot does not tell since when."""

    who: str
    seconds: float | None
    transactions: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What else goes on in the database."""

    at: time
    is_standby: bool
    active: int
    """Sessions at work, ours apart."""
    vacuum_pid: int | None
    """Of a vacuum of any table."""
    upkeep_pid: int | None
    """Of a vacuum or analyze of this table."""
    build_pid: int | None
    """Of an index build."""
    lock_pid: int | None
    """Of a session whose lock on this table excludes ours."""
    replicas: tuple[Replica, ...] = ()
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says."""

    paused: str | None
    """Who paused, and why."""
    mode: Mode
    """That holds for this kind, after every fall-back."""
    runs_in_a_day: int
    index_change: str | None
    """A change of this table's indexes that is under way, in words."""
    undoing: str | None = None
    """A change of any table's indexes that is being undone, in words."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run, and everything that may speak against it."""

    kind: Kind
    approved_by: str
    moment: Moment
    standing: Standing
    limits: Limits
    policy: MaintenancePolicy


def may_begin(case: Case) -> Outcome:
    """Ask every guard; the first refusal, or Clear."""
    return _first_refusal(case, GUARDS)


def may_go_on(case: Case) -> Outcome:
    """Ask the guards that also stop a run that has begun."""
    return _first_refusal(case, DURING)


def paused(case: Case) -> str | None:
    """Refuse while the target, or every target, is paused."""
    return None if case.standing.paused is None else f"{case.standing.paused}; `celeriac resume` lifts it"


def mode(case: Case) -> str | None:
    """Refuse everything under observe, and what no person approved under approve."""
    if case.standing.mode == "observe":
        return f"the mode of {case.kind} is observe: it is proposed only"
    if case.standing.mode == "approve" and case.approved_by == AUTO:
        return f"the mode of {case.kind} is approve and no person has approved this run"
    return None


def primary(case: Case) -> str | None:
    """Refuse on a standby: nothing can be maintained there."""
    return "the server is a standby now: its primary maintains the tables of both" if case.moment.is_standby else None


def window(case: Case) -> str | None:
    """Refuse outside the allowed hours, which may pass midnight."""
    return closed(case.moment.at, case.limits.window)


def pace(case: Case) -> str | None:
    """Refuse when the day's runs are spent."""
    if case.standing.runs_in_a_day < case.policy.max_runs_per_day:
        return None
    return f"{case.standing.runs_in_a_day} runs were begun within a day; the limit is reached"


def indexes(case: Case) -> str | None:
    """Refuse while an index of the table is built or judged: it could not be told which of both helped."""
    return None if case.standing.index_change is None else f"{case.standing.index_change}: it is measured undisturbed"


def undoing(case: Case) -> str | None:
    """Refuse while an index change is undone: it waits for the same worker, and harm is mended first."""
    return None if case.standing.undoing is None else f"{case.standing.undoing}: it is undone first"


def load(case: Case) -> str | None:
    """Refuse while many sessions are at work; for a vacuum few are many."""
    per_core = case.limits.max_active_backends_per_core
    if case.kind == "vacuum":
        per_core = min(per_core, case.policy.idle_backends_per_core)
    return overloaded(case.moment.active, case.limits.cores, per_core)


def upkeep(case: Case) -> str | None:
    """Refuse while the table is vacuumed or analyzed by another, and a vacuum while any table is vacuumed."""
    if case.moment.upkeep_pid is not None:
        return f"process {case.moment.upkeep_pid} vacuums or analyzes the table"
    if case.kind == "vacuum" and case.moment.vacuum_pid is not None:
        return f"process {case.moment.vacuum_pid} vacuums another table: two share the disk"
    return None


def builds(case: Case) -> str | None:
    """Refuse a vacuum while an index is built: both read and write whole tables."""
    if case.kind != "vacuum" or case.moment.build_pid is None:
        return None
    return f"process {case.moment.build_pid} builds an index"


def locks(case: Case) -> str | None:
    """Refuse while a session holds the table: we would wait, and others behind us."""
    if case.moment.lock_pid is None:
        return None
    return f"process {case.moment.lock_pid} has locked the table"


def lag(case: Case) -> str | None:
    """Refuse to vacuum while a replica lags."""
    if case.kind != "vacuum":
        return None
    return lagging(
        case.moment.replicas, case.limits.max_replication_lag_s, case.limits.max_replication_lag_bytes
    )  # fmt: skip


def snapshot(case: Case) -> str | None:
    """Refuse to vacuum what somebody might still see, naming who: it would read everything and free nothing."""
    return next(_too_old(case), None) if case.kind == "vacuum" else None


GUARDS: tuple[Callable[[Case], str | None], ...] = (
    paused, mode, primary, window, pace, indexes, undoing, load, upkeep, builds, locks, lag, snapshot,
)  # fmt: skip
DURING: tuple[Callable[[Case], str | None], ...] = (paused, primary, window, undoing, lag)


def _too_old(case: Case) -> Iterator[str]:
    for holder in case.moment.holders:
        if holder.seconds is not None and holder.seconds > case.limits.max_snapshot_age_s:
            yield (
                f"{holder.who} has had a transaction open for {holder.seconds:.0f} s: what died since cannot be removed"
            )
        elif holder.seconds is None and holder.transactions > case.policy.max_held_transactions:
            yield f"{holder.who} holds back what died in the last {holder.transactions} transactions: it must stay"


def _first_refusal(case: Case, guards: tuple[Callable[[Case], str | None], ...]) -> Outcome:
    outcomes = (judged(guard.__name__, guard(case)) for guard in guards)
    return next((outcome for outcome in outcomes if isinstance(outcome, Refused)), Clear())
