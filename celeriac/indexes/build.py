"""Build one index without harm: intent first, watched while it runs, judged by the catalog.

https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from celeriac.indexes import baseline, catalog_state, ddl, definitions, guards, leftovers, partitions, rehearse, settle
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.guards import context
from celeriac.indexes.rehearse import NotBuildable, Rehearsed
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change
from celeriac.sql import sign
from celeriac.supervision import waiters, watched
from celeriac.supervision.outcome import Outcome, Refused
from celeriac.supervision.progress import Progress
from celeriac.supervision.sessions import Sessions, settings
from celeriac.supervision.watched import Ran

ACTOR = "celeriac"
_NOT_ITS_FAULT = frozenset({"paused", "window"})
"""A build that was stopped for these has not failed: it counts as no attempt."""


@dataclass(frozen=True, slots=True)
class Built:
    """The index is valid; the change is settling."""

    change: Change


@dataclass(frozen=True, slots=True)
class Postponed:
    """The change is approved again and will be tried later; only the finished parts of partitions are left behind."""

    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing of ours is left behind; no further attempt will be made."""

    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The session broke, or a leftover could not be dropped yet: reconcile finishes it."""

    change: Change
    reason: str


Result = Built | Postponed | Failed | Interrupted | Refused


# 1. Take the locks on the DDL session; where another has them, somebody is at work: do nothing.
# 2. Ask every guard; refused, the change stays approved and is asked again at the next round.
# 3. Rehearse on an empty copy: what cannot be built fails there, and the expected definition is known.
# 4. Baseline: close the window before the change (`capture`), so that what follows is after it.
# 5. Intent: commit the exact index name, its undo and the expected definition.
# 6. CREATE INDEX CONCURRENTLY under lock_timeout, watched; whoever waits on us, or a guard, ends it.
# 7. Observe the catalog: valid and as expected, or drop what is left and try again later.
# 8. Settle: statistics for expressions, then the clock.
def build(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    capture: Callable[[], int | None],
    report: Callable[[Progress], None] | None = None,
) -> Result:
    """Build the index of an approved change; raises ChangeMoved where the ledger has moved on meanwhile."""
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return Refused("other builds", "another session of ours is changing this target")
        outcome = may_begin(sessions, change, policies)
        if isinstance(outcome, Refused):
            return outcome
        with settings(sessions.ddl, lock_timeout=f"{policies.build.lock_timeout_ms}ms"):
            rehearsed = _rehearse(sessions, change)
        if isinstance(rehearsed, NotBuildable):
            return _not_buildable(sessions, change, rehearsed, policies)
        baselined = take_baseline(sessions, change, policies, capture())
        intended = _intend(sessions, baselined, rehearsed, policies)
        ran = (_create_parts if rehearsed.partitioned else run)(sessions, intended, policies, report)
        return _conclude(sessions, intended, ran, policies)


def may_begin(sessions: Sessions, change: Change, policies: Policies) -> Outcome:
    """Ask every guard whether a build or rebuild may begin."""
    return context.ask(guards.before_build, sessions, change, policies)


def _rehearse(sessions: Sessions, change: Change) -> Rehearsed | NotBuildable:
    rehearsed = rehearse.rehearse(sessions.ddl, definitions.of(change), change.table_oid)
    if isinstance(rehearsed, Rehearsed) and rehearsed.partitioned:
        return partitions.not_buildable(sessions.watch, change) or rehearsed
    return rehearsed


def _not_buildable(sessions: Sessions, change: Change, found: NotBuildable, policies: Policies) -> Result:
    if found.transient:
        with sessions.ledger() as ledger:
            changes.note(ledger, change, last_error=found.reason, not_before=clock.later(policies.build.retry_after))
        return Postponed(change, found.reason)
    return fail(sessions, change, found.reason, policies)


def take_baseline(sessions: Sessions, change: Change, policies: Policies, window_id: int | None) -> Change:
    """Note the window that ends the time before the change, and how large the table is then."""
    with sessions.ledger() as ledger:
        if change.state == "baselined":  # left by a worker that died between two commits: measure again
            change = changes.transition(ledger, change, "lapse", actor=ACTOR, reason="the baseline is taken again")
        return changes.transition(
            ledger,
            change,
            "baseline",
            actor=ACTOR,
            reason="all guards are clear and the window before the change is closed",
            evidence={"window_id": window_id},
            lasts=policies.loop.approved_expires,
            baseline_window_id=window_id,
            promised={**change.promised, "table_pages": baseline.table_pages(sessions.watch, change)},
        )


def _intend(sessions: Sessions, change: Change, rehearsed: Rehearsed, policies: Policies) -> Change:
    definition = definitions.of(change)
    name = change.index_name if rehearsed.partitioned else None  # the same name: an attempt goes on where one ended
    name = name or ddl.index_name(change.id, definition)
    whole = not rehearsed.partitioned
    with sessions.ledger() as ledger:
        return changes.transition(
            ledger,
            change,
            "begin",
            actor=ACTOR,
            reason=f"about to create {name}",
            evidence={"pid": sessions.backend_pid()},
            lasts=timedelta(seconds=policies.build.bound_s(change.size_bytes_estimated)),
            index_name=name,
            ddl=ddl.create(definition, name, concurrently=whole, only=not whole),
            undo_ddl=ddl.drop(definition.schema, name, concurrently=whole),
            definition_hash=rehearsed.definition_hash,
            build_started_at=clock.now(),
        )


def run(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    report: Callable[[Progress], None] | None,
    *,
    statement: str | None = None,
    asked: Callable[[int], Outcome] | None = None,
) -> Ran:
    """Run the DDL of a build or rebuild, or another `statement` that builds, under its limits, watched.

    `asked` is what may stop it, in place of the guards of a build.
    """
    with settings(sessions.ddl, **policies.build.settings(change.size_bytes_estimated)):
        return watched.run(
            sessions,
            sign(change.kind, statement or change.ddl),
            poll_s=policies.build.poll_s,
            may_go_on=asked or (lambda pid: may_go_on(sessions, change, policies, pid)),
            report=report,
        )


def _create_parts(
    sessions: Sessions, change: Change, policies: Policies, report: Callable[[Progress], None] | None
) -> Ran:
    return partitions.create(
        sessions,
        change,
        policies,
        may_go_on=lambda part, pid: may_go_on(sessions, part, policies, pid),
        report=report,
    )


def may_go_on(sessions: Sessions, change: Change, policies: Policies, pid: int) -> Outcome:
    """Ask, while it runs, who waits behind it and the guards that also stop a running build."""
    outcome = waiters.check(sessions.watch, pid, most=policies.guard.max_waiters)
    if isinstance(outcome, Refused):
        return outcome
    return context.ask(guards.during_build, sessions, change, policies, pid)


def _conclude(sessions: Sessions, change: Change, ran: Ran, policies: Policies) -> Result:
    assert change.index_name is not None
    if sessions.ddl.invalidated:
        # We lost the server, but the backend may build on without us: while it lives, it holds the lock.
        return Interrupted(change, ran.sentence)
    index = catalog_state.observe(sessions.watch, change.schema_name, change.index_name)
    if index is not None and index.valid:
        return conclude_valid(sessions, change, index, policies)
    blameless = is_blameless(ran)
    goes_on = ran.is_transient and (blameless or change.attempt + 1 < policies.build.max_attempts)
    # Of partitions, hours of building may be done: the next attempt goes on with what is there.
    if index is not None and not (index.partitioned and goes_on):
        left = leftovers.drop(sessions, index, policies.build)
        if isinstance(left, Refused):
            return Interrupted(change, f"{ran.sentence}; the invalid index is not dropped yet: {left.reason}")
    if not ran.is_transient:
        return fail(sessions, change, ran.sentence, policies)
    return try_again(sessions, change, ran.sentence, policies, counts=not blameless)


def conclude_valid(sessions: Sessions, change: Change, index: IndexState, policies: Policies) -> Result:
    """Settle an index that is what was intended; leave one that is not alone, and say so."""
    if not is_as_intended(change, index):
        return fail(
            sessions,
            change,
            f"an index {index.name} of another definition is in the place of ours; it was not touched",
            policies,
        )
    settle.analyze_expressions(sessions.ddl, change)
    with sessions.ledger() as ledger:
        return Built(settle.begin(ledger, change, index, policies.verify, actor=ACTOR))


def is_as_intended(change: Change, index: IndexState) -> bool:
    """Tell whether an index is on the change's table with the definition that was rehearsed."""
    return index.table_name == change.table_name and index.definition_hash == change.definition_hash


def try_again(sessions: Sessions, change: Change, reason: str, policies: Policies, *, counts: bool = True) -> Result:
    """Approve a build that left nothing behind again, after a growing delay; fail it after the last attempt."""
    attempt = change.attempt + (1 if counts else 0)
    if attempt >= policies.build.max_attempts:
        return fail(sessions, change, f"{reason} (attempt {attempt}, the last)", policies)
    with sessions.ledger() as ledger:
        again = changes.transition(
            ledger,
            change,
            "retry",
            actor=ACTOR,
            reason=reason,
            lasts=policies.loop.approved_expires,
            attempt=attempt,
            last_error=reason,
            not_before=clock.later(watched.back_off(policies.build.retry_after, attempt)),
        )
    return Postponed(again, reason)


def fail(sessions: Sessions, change: Change, reason: str, policies: Policies) -> Failed:
    """Close a change that cannot be made, and keep its definition out for a while."""
    with sessions.ledger() as ledger:
        failed = changes.transition(ledger, change, "fail", actor=ACTOR, reason=reason, last_error=reason)
        changes.keep_out(ledger, change, reason=reason, back_off=policies.build.back_off)
    return Failed(failed, reason)


def is_blameless(ran: Ran) -> bool:
    """Tell whether an attempt ended for no fault of its own: then it counts as none."""
    return ran.advanced or (ran.stopped is not None and ran.stopped.guard in _NOT_ITS_FAULT)
