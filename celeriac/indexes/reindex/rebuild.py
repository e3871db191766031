"""Rebuild one index: intent first, watched while it runs, judged by the catalog; nothing of it is left behind.

REINDEX CONCURRENTLY builds a copy, swaps the names and drops the old one. Interrupted, it leaves an invalid index whose
name ends in _ccnew or _ccold. Such a rest of somebody else's holds a rebuild back, so that whatever stands there after
ours began is ours to clear away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from celeriac.indexes import build, catalog_state, ddl, definitions, leftovers, rehearse, settle
from celeriac.indexes.build import ACTOR, Built, Interrupted, Result
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.policy import MIB
from celeriac.indexes.rehearse import NotBuildable
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.sql import load, sign
from celeriac.supervision.outcome import Clear, Outcome, Refused
from celeriac.supervision.progress import Progress
from celeriac.supervision.sessions import Sessions
from celeriac.supervision.watched import Ran


@dataclass(frozen=True, slots=True)
class Now:
    """An index as it is, and the rests of rebuilds of it that did not end."""

    index: IndexState
    rests: tuple[str, ...]


def rebuild(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    capture: Callable[[], int | None],
    report: Callable[[Progress], None] | None = None,
) -> Result:
    """Rebuild the index of an approved change; raises ChangeMoved where the ledger has moved on meanwhile."""
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return Refused("other builds", "another session of ours is changing this target")
        outcome = build.may_begin(sessions, change, policies)
        if isinstance(outcome, Refused):
            return outcome
        refusal = _refusal(sessions, change)
        if isinstance(refusal, Refused):
            return refusal
        if refusal is not None:
            return build.fail(sessions, change, refusal.reason, policies)
        intended = _intend(sessions, build.take_baseline(sessions, change, policies, capture()), policies)
        ran = build.run(sessions, intended, policies, report)
        return _conclude(sessions, intended, ran, policies)


def reconcile(sessions: Sessions, target: str, policies: Policies) -> tuple[tuple[int, str, str], ...]:
    """Bring every rebuild whose builder is dead to its end; returns (change, index, what was done) of each."""
    with sessions.ledger() as ledger:
        begun = [one for one in changes.in_states(ledger, target, "building") if one.kind == "rebuild"]
    done = []
    for change in begun:
        with sole_maker(sessions.ddl, target, change.schema_name, change.table_name) as alone:
            if not alone:
                continue  # the builder lives
            try:
                result = _conclude(sessions, change, Ran(lost=True), policies)
            except ChangeMoved as moved:
                done.append((change.id, _name(change), str(moved)))
                continue
        done.append((change.id, _name(change), "settling" if isinstance(result, Built) else result.reason))
    return tuple(done)


def look(connection: Connection, change: Change) -> Now | None:
    """Return what the catalog shows of the change's index; None where there is none of that name."""
    index = catalog_state.anybodys(connection, schema=change.schema_name, name=_name(change))
    if index is None or index.partitioned:
        return None
    named = {"table_oid": index.table_oid, "name": index.name}
    return Now(index, tuple(connection.execute(load(__file__, "rests"), named).scalars()))


def _refusal(sessions: Sessions, change: Change) -> Refused | NotBuildable | None:
    kind = rehearse.may_build(sessions.watch, definitions.of(change))
    if isinstance(kind, NotBuildable):
        return kind
    now = look(sessions.watch, change)
    if now is None or now.index.oid != change.promised.get("index_oid"):
        return NotBuildable(f"index {_name(change)} is not the one that was found bloated: gone, or rebuilt already")
    if now.rests:
        return Refused("rests", f"{now.rests[0]} is the rest of a rebuild that did not end: drop it first")
    return None


def _intend(sessions: Sessions, change: Change, policies: Policies) -> Change:
    name = _name(change)
    with sessions.ledger() as ledger:
        return changes.transition(
            ledger,
            change,
            "begin",
            actor=ACTOR,
            reason=f"about to rebuild {name}",
            evidence={"pid": sessions.backend_pid()},
            lasts=timedelta(seconds=policies.build.bound_s(change.size_bytes_estimated)),
            index_name=name,
            build_started_at=clock.now(),
        )


def _conclude(sessions: Sessions, change: Change, ran: Ran, policies: Policies) -> Result:
    if sessions.ddl.invalidated:
        return Interrupted(change, ran.sentence)
    now = look(sessions.watch, change)
    if now is None:
        return build.fail(sessions, change, f"{_name(change)} was dropped by somebody else", policies)
    cleared = _clear(sessions, change, now.rests, policies)
    if isinstance(cleared, Refused):
        return Interrupted(change, f"a rest of the rebuild is not dropped yet: {cleared.reason}")
    if now.index.valid and now.index.oid != change.promised.get("index_oid"):
        return _settle(sessions, change, now.index, policies)
    if not ran.is_transient:
        return build.fail(sessions, change, ran.sentence, policies)
    return build.try_again(sessions, change, ran.sentence, policies, counts=not build.is_blameless(ran))


def _settle(sessions: Sessions, change: Change, index: IndexState, policies: Policies) -> Built:
    before = int(change.promised.get("size_bytes") or 0)
    evidence = {
        "size_bytes_before": before,
        "size_bytes_after": index.size_bytes,
        "reason": f"it took {before / MIB:.1f} MiB and takes {index.size_bytes / MIB:.1f}",
    }
    with sessions.ledger() as ledger:
        changes.note(ledger, change, evidence=evidence, definition_hash=index.definition_hash)
        return Built(settle.begin(ledger, change, index, policies.verify, actor=ACTOR))


def _clear(sessions: Sessions, change: Change, rests: Sequence[str], policies: Policies) -> Outcome:
    for rest in rests:
        statement = sign("drop", ddl.drop(change.schema_name, rest))
        reason = leftovers.attempt(sessions, statement, policies.build)
        now = look(sessions.watch, change)
        if now is not None and rest in now.rests:
            return Refused("drop", reason or f"{rest} is still there after the drop")
    return Clear()


def _name(change: Change) -> str:
    return change.index_name or str(change.promised["index"])
