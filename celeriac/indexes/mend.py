"""What reconcile does about each contradiction between ledger and catalog; the caller holds the locks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from celeriac.indexes import build, ddl, definitions, leftovers, revert
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.sessions import Policies
from celeriac.ledger import changes
from celeriac.ledger.changes import Change, Proposal
from celeriac.ledger.states import Event
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

ACTOR = "celeriac"


@dataclass(frozen=True, slots=True)
class Case:
    """A change whose builder is dead, and what the catalog shows of its index."""

    sessions: Sessions
    change: Change
    index: IndexState | None
    policies: Policies


Act = Callable[[Case], str]


def retry(case: Case) -> str:
    """Drop what a dead builder left, if anything, and let the change be tried again."""
    if case.index is not None and not case.index.partitioned:  # of partitions, the next attempt goes on with it
        left = leftovers.drop(case.sessions, case.index, case.policies.build)
        if isinstance(left, Refused):
            return f"the invalid index is still there: {left.reason}"
    result = build.try_again(case.sessions, case.change, "the builder died before the index was valid", case.policies)
    return result.reason if isinstance(result, build.Postponed | build.Failed) else "done"


def conclude(case: Case) -> str:
    """Settle an index that a dead builder had finished, or fail the change where it is somebody else's."""
    assert case.index is not None
    result = build.conclude_valid(case.sessions, case.change, case.index, case.policies)
    return result.reason if isinstance(result, build.Failed) else "settling"


def lose(case: Case) -> str:
    """Respect that somebody dropped an index of ours: do not build it again for a while; a drop of ours says why."""
    reason = f"{case.change.index_name} was dropped by somebody else"
    with case.sessions.ledger() as ledger:
        by = _our_drop(ledger, case.change)
        if by is not None:
            reason = f"change {by.id} dropped it: {by.reason}"
        changes.transition(ledger, case.change, "vanish", actor=ACTOR, reason=reason)
        if by is not None:
            return reason  # where statements come to need it, it may be advised again
        changes.keep_out(ledger, case.change, reason=reason, back_off=case.policies.verify.quarantine)
    return reason


def finish_revert(case: Case) -> str:
    """Go on with a revert that was begun; what has to be built first is the DDL worker's."""
    result = revert.finish(
        case.sessions, case.change, case.policies, reason=_why_reverted(case), may_build=False
    )  # fmt: skip
    return result.reason if isinstance(result, Refused) else "reverted"


def finish_drop(case: Case) -> str:
    """Finish the drop that somebody began: the index serves no plan any more, and every write still pays for it."""
    return finish_revert(_moved(case, "revert", f"somebody began to drop {case.change.index_name}"))


def undo_reappearance(case: Case) -> str:
    """Revert again what was reverted and is back, such as from a restored backup."""
    return finish_revert(_moved(case, "reappear", f"{case.change.index_name} is there again after it was reverted"))


def keep_again(case: Case) -> str:
    """Take back what was lost and is there again as it was built."""
    _moved(case, "reappear", f"{case.change.index_name} is there again, as it was built")
    return "kept"


def clear_rest(case: Case) -> str:
    """Drop the invalid rest of a change that is closed."""
    assert case.index is not None
    return clear(case.sessions, case.index, case.policies)


def clear(sessions: Sessions, index: IndexState, policies: Policies) -> str:
    """Drop an invalid index of ours that nobody builds."""
    left = leftovers.drop(sessions, index, policies.build)
    return f"it is still there: {left.reason}" if isinstance(left, Refused) else "the invalid index is gone"


def adopt(sessions: Sessions, target: str, index: IndexState) -> str:
    """Write a valid index of ours into a ledger that does not know it, as kept, so that it can be undone."""
    definition = definitions.read(sessions.watch, index.oid)
    proposal = Proposal(
        target=target,
        kind="build",
        schema_name=definition.schema,
        table_name=definition.table,
        table_oid=index.table_oid,
        identity=ddl.identity(definition),
        definition=definitions.as_json(definition),
        ddl=ddl.create(definition, index.name),
        origin="adopted",
        reason=f"{index.name} carries our mark and was not in the ledger",
        promised={},
    )
    with sessions.ledger() as ledger:
        adopted = changes.adopt(
            ledger,
            proposal,
            index_name=index.name,
            actor=ACTOR,
            undo_ddl=ddl.drop(index.schema_name, index.name, concurrently=not index.partitioned),
            definition_hash=index.definition_hash,
            size_bytes=index.size_bytes,
        )
    return "left alone: another change has the same definition" if adopted is None else f"kept as change {adopted.id}"


ACTS: Mapping[str, Act] = {
    "retry": retry,
    "clear and retry": retry,
    "settle": conclude,
    "fail": conclude,
    "lost": lose,
    "revert": finish_drop,
    "finish revert": finish_revert,
    "undo reappearance": undo_reappearance,
    "keep again": keep_again,
    "clear": clear_rest,
}


def _moved(case: Case, event: Event, reason: str) -> Case:
    with case.sessions.ledger() as ledger:
        return replace(case, change=changes.transition(ledger, case.change, event, actor=ACTOR, reason=reason))


def _our_drop(ledger: Connection, change: Change) -> Change | None:
    drops = changes.in_states(ledger, change.target, "drop_verifying", "dropped")
    named = (change.schema_name, change.index_name)
    return next((one for one in reversed(drops) if (one.schema_name, one.index_name) == named), None)


def _why_reverted(case: Case) -> str:
    with case.sessions.ledger() as ledger:
        return revert.reason_of(ledger, case.change)
