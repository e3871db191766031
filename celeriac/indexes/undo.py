"""Undo any change of ours by its number, since an instant, or all: what was built goes, what was dropped comes back."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from celeriac.errors import CeleriacError
from celeriac.indexes import ddl, revert
from celeriac.indexes.build import Failed
from celeriac.indexes.drop import restoring
from celeriac.indexes.drop.restoring import Restored
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.revert import Reverted
from celeriac.indexes.sessions import Policies
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.ledger.states import FINAL, INDEX_PRESENT, State
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

Result = Reverted | Restored | Failed | Refused

_OF_BUILDS: frozenset[State] = INDEX_PRESENT | {"reverting"}
_OF_DROPS: frozenset[State] = frozenset({"dropping", "drop_verifying", "dropped", "restoring"})


class NotOneChoice(CeleriacError):
    """Give one of a change's number, --since and --all: {given} is not clear enough to drop indexes by."""


def check_choice(*, change_id: object, since: datetime | None, everything: bool, given: str = "what was asked") -> None:
    """Raise NotOneChoice unless exactly one of the three ways to choose was taken."""
    if [change_id is not None, since is not None, everything].count(True) != 1:
        raise NotOneChoice(given=given)


def chosen(known: Iterable[Change], since: datetime | None = None) -> tuple[Change, ...]:
    """Return what can be undone and was begun since then, newest first: what came last rests on what came before."""
    begun = [change for change in sorted(known, key=lambda one: -one.id) if since is None or _began(change) >= since]
    numbers = {change.id for change in begun}
    return tuple(
        change
        for change in begun
        if change.state in _states_of(change)
        # What was both built and dropped by us since then is as it was.
        and not (change.kind == "drop" and ddl.owner_of(change.index_name or "") in numbers)
    )


def begin(ledger: Connection, change: Change, policy: LoopPolicy, *, actor: str, reason: str) -> Change:
    """Decide that a change is undone; one that is being undone already stays as it is.

    Raises ForbiddenTransition where there is nothing to undo, NothingToUndo for a rebuild.
    """
    now = changes.get(ledger, change.id, change.target)  # undoing a newer one may have decided this one too
    if now.state in ("reverting", "restoring") or (now.state != change.state and now.state in FINAL):
        return now
    if now.kind == "drop":
        return restoring.begin(ledger, now, actor=actor, reason=reason, policy=policy)
    return revert.begin(ledger, now, policy, actor=actor, reason=reason)


def finish(
    sessions: Sessions, change: Change, policies: Policies, *, reason: str, actor: str, by_person: bool = False
) -> Result:
    """Do what was decided about a change that is reverting or restoring."""
    if change.kind == "drop":
        return restoring.restore(sessions, change, policies, by_person=by_person)
    return revert.revert(sessions, change, policies, reason=reason, actor=actor, by_person=by_person)


def _states_of(change: Change) -> frozenset[State]:
    if change.kind == "rebuild":
        return frozenset()  # it left the index as it was
    return _OF_DROPS if change.kind == "drop" else _OF_BUILDS


def _began(change: Change) -> datetime:
    return change.build_started_at or change.created_at
