"""Make the index of a partitioned table step by step; each step is judged by the catalog, and so is the whole.

Building a partition blocks nobody. Declaring the parent's index and attaching a part take brief locks that cannot be
had concurrently, so they are tried under lock_timeout and given up as soon as somebody waits behind them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from celeriac import sqlstate
from celeriac.indexes import ddl, definitions, guards, leftovers
from celeriac.indexes.guards import context
from celeriac.indexes.partitions import tree
from celeriac.indexes.partitions.steps import Attach, Build, Clear, Declare, Done, Step, next_step, partitions
from celeriac.indexes.partitions.tree import Node
from celeriac.indexes.sessions import Policies
from celeriac.ledger.changes import Change
from celeriac.sql import sign
from celeriac.supervision import waiters, watched
from celeriac.supervision.outcome import Outcome, Refused
from celeriac.supervision.progress import Progress
from celeriac.supervision.sessions import Sessions, settings
from celeriac.supervision.watched import Ran

TRIES = 3
"""Of a brief lock; each waits for lock_timeout at most."""

MayGoOn = Callable[[Change, int], Outcome]
"""Asked while a partition is built, about that partition and the process that builds it."""


@dataclass(frozen=True, slots=True)
class _Work:
    sessions: Sessions
    change: Change
    policies: Policies
    may_go_on: MayGoOn
    report: Callable[[Progress], None] | None


def create(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    may_go_on: MayGoOn,
    report: Callable[[Progress], None] | None = None,
) -> Ran:
    """Go on from what is there until the parent's index is valid, or something speaks against it.

    What is done stays: the next attempt goes on there. The caller holds the locks and has committed the intent.
    """
    work = _Work(sessions, change, policies, may_go_on, report)
    before, advanced = None, False
    while True:
        nodes = tree.read(sessions.watch, change)
        step = next_step(nodes) if nodes else Done()
        if isinstance(step, Done):
            return Ran()
        if step == before:
            return Ran(stopped=Refused("partitions", f"{_words(step)} changed nothing"))  # but for rounds without end
        ran = _take(work, step, nodes)
        if ran.error is not None or ran.stopped is not None:
            return replace(ran, advanced=ran.advanced or advanced)
        before, advanced = step, advanced or isinstance(step, Build)


def _take(work: _Work, step: Step, nodes: Sequence[Node]) -> Ran:
    if isinstance(step, Build):
        return _build(work, step, nodes)
    if isinstance(step, Clear):
        return _clear(work, step)
    return _briefly(work, _statement(work.change, step))


def _build(work: _Work, step: Build, nodes: Sequence[Node]) -> Ran:
    node = step.node
    part = replace(
        work.change,
        schema_name=node.schema,
        table_name=node.table,
        size_bytes_estimated=_share(work.change.size_bytes_estimated, node, nodes),
    )
    outcome = _may_begin(work, part)
    if isinstance(outcome, Refused):
        told = f"{step.done} of {step.of} partitions are done; {outcome.reason}"
        return Ran(stopped=replace(outcome, reason=told), advanced=True)
    definition = replace(definitions.of(work.change), schema=node.schema, table=node.table)
    statement = ddl.create(definition, ddl.part_name(work.change.id, node.oid, node.table))
    with settings(work.sessions.ddl, **work.policies.build.settings(part.size_bytes_estimated)):
        return watched.run(
            work.sessions,
            sign("build", statement),
            poll_s=work.policies.build.poll_s,
            may_go_on=lambda pid: work.may_go_on(part, pid),
            report=_told(work.report, step),
        )


def _clear(work: _Work, step: Clear) -> Ran:
    outcome = leftovers.drop_named(work.sessions, step.part.schema, step.part.name, work.policies.build)
    return Ran(stopped=outcome) if isinstance(outcome, Refused) else Ran()


def _briefly(work: _Work, statement: str) -> Ran:
    """Run what cannot be had concurrently; a lock that is not to be had is asked for again a few times."""
    ran = Ran()
    with settings(work.sessions.ddl, lock_timeout=f"{work.policies.build.lock_timeout_ms}ms"):
        for _ in range(TRIES):
            ran = watched.run(
                work.sessions,
                sign("partition", statement),
                poll_s=work.policies.build.poll_s,
                may_go_on=lambda pid: waiters.check(work.sessions.watch, pid),
            )
            if ran.error is None or work.sessions.ddl.invalidated or not sqlstate.is_transient(ran.error):
                break
    return ran


def _statement(change: Change, step: Step) -> str:
    if isinstance(step, Attach):
        above, part = step.above, step.part
        return f"ALTER INDEX {ddl.qualified(above.schema, above.name)} ATTACH PARTITION " + ddl.qualified(
            part.schema, part.name
        )
    assert isinstance(step, Declare)
    assert change.index_name is not None
    node = step.node
    name = change.index_name if node.level == 0 else ddl.part_name(change.id, node.oid, node.table)
    definition = replace(definitions.of(change), schema=node.schema, table=node.table)
    return ddl.create(definition, name, concurrently=False, only=True)


def _may_begin(work: _Work, part: Change) -> Outcome:
    return context.ask(guards.before_part, work.sessions, part, work.policies)


def _share(total_bytes: int | None, node: Node, nodes: Sequence[Node]) -> int | None:
    pages = sum(leaf.pages for leaf in partitions(nodes))
    return None if total_bytes is None else total_bytes * node.pages // pages if pages else total_bytes


def _told(report: Callable[[Progress], None] | None, step: Build) -> Callable[[Progress], None] | None:
    if report is None:
        return None
    return lambda progress: report(replace(progress, phase=f"partition {step.done + 1} of {step.of}: {progress.phase}"))


def _words(step: Step) -> str:
    words = {Build: "building a partition's index", Clear: "dropping a rest", Attach: "attaching a partition's index"}
    return words.get(type(step), "declaring the index")
