"""Bring before, after and use of one change before the judge, and write the verdict down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from celeriac.indexes import baseline, catalog_state
from celeriac.indexes.policy import LoopPolicy, VerifyPolicy
from celeriac.indexes.verdict import Case, Verdict, judge
from celeriac.ledger import changes, clock, control
from celeriac.ledger.changes import Change
from celeriac.sql import load
from celeriac.statements import parsing, windows
from celeriac.statements.catalog import Catalog
from celeriac.statements.parsed import NotUnderstood, ParsedStatement
from celeriac.statements.statement import Statement, Window

ACTOR = "celeriac"
Parse = Callable[[str, Catalog], ParsedStatement | NotUnderstood]


def verify(
    target: Connection,
    ledger: Connection,
    change: Change,
    policy: VerifyPolicy,
    catalog: Catalog,
    *,
    replicas: Sequence[Connection] = (),
    parse: Parse = parsing.parse,
) -> Verdict:
    """Judge a change that is verifying by what was measured before it and since it settled.

    An index may serve the replicas alone: give a connection to each, and its use there counts.
    """
    before, after = _before(ledger, change, policy), _after(ledger, change)
    statements = {statement.fingerprint: statement for window in (before, after) for statement in window.statements}
    promised = frozenset(change.promised.get("fingerprints", ()))
    case = Case(
        before=before,
        after=after,
        # What was promised to gain need not name the table: a delete looks for rows that refer to the one it takes.
        touched={
            **dict.fromkeys(promised & statements.keys(), False),
            **touching(statements.values(), change.schema_name, change.table_name, catalog, parse),
        },
        promised=promised,
        pages=pages(target, change),
        scans=None if change.kind == "rebuild" else _scans((target, *replicas), ledger, change),
        elapsed_s=clock.seconds_since(ledger, change.settled_at),
        required=change.origin == "declared" or change.kind == "rebuild",
    )
    return judge(case, policy)


def pages(target: Connection, change: Change) -> tuple[int, int] | None:
    """Return the table's size in blocks before the change and now; None where it is not known."""
    before, now = change.promised.get("table_pages"), baseline.table_pages(target, change)
    return None if before is None or now is None else (before, now)


def conclude(ledger: Connection, change: Change, verdict: Verdict, policy: LoopPolicy) -> Change:
    """Write the verdict: kept, reverting (the drop follows), or the evidence so far while it must wait.

    After the policy's number of reverts within a week the target falls back from auto to approve.
    """
    if change.kind == "rebuild" and verdict.decision == "revert":
        # The index is what it was, only smaller: what got slower did so for another reason, and is told.
        verdict = replace(verdict, decision="keep", reason=f"rebuilt, with nothing to undo; {verdict.reason}")
    evidence = {**change.evidence, **verdict.as_json()} if change.kind == "rebuild" else verdict.as_json()
    if verdict.decision == "wait":
        changes.note(ledger, change, evidence=evidence)
        return change
    changes.note(ledger, change, evidence=evidence)
    concluded = changes.transition(
        ledger, change, verdict.decision, actor=ACTOR, reason=verdict.reason, evidence=evidence
    )
    if verdict.decision == "revert":
        control.fall_back(ledger, change.target, reverts_allowed=policy.reverts_before_approve)
    return concluded


def touching(
    statements: Iterable[Statement], schema: str, table: str, catalog: Catalog, parse: Parse = parsing.parse
) -> dict[str, bool]:
    """Return the fingerprints of the statements that touch a table, each with whether it writes the table."""
    touched: dict[str, bool] = {}
    for statement in statements:
        parsed = parse(statement.text, catalog)
        if isinstance(parsed, NotUnderstood):
            continue
        uses = [use for use in parsed.relations if (use.schema, use.table) == (schema, table)]
        if uses:
            touched[statement.fingerprint] = any(use.written is not None for use in uses)
    return touched


def remembering(parse: Parse = parsing.parse) -> Parse:
    """Return a parser for one catalog that reads each text once: changes are judged over the same statements."""
    known: dict[str, ParsedStatement | NotUnderstood] = {}

    def remembered(text: str, catalog: Catalog) -> ParsedStatement | NotUnderstood:
        if text not in known:
            known[text] = parse(text, catalog)
        return known[text]

    return remembered


def nothing(change: Change) -> Window:
    """Return an empty window, of a change that nothing was measured for."""
    instant = change.settled_at or change.state_since
    return Window(change.target, instant, instant, ())


def _before(ledger: Connection, change: Change, policy: VerifyPolicy) -> Window:
    if change.baseline_window_id is None or change.build_started_at is None:
        return nothing(change)
    return baseline.read(ledger, change, change.build_started_at, policy.baseline) or nothing(change)


def _after(ledger: Connection, change: Change) -> Window:
    return windows.read(ledger, change.target, since=change.settled_at) or nothing(change)


def _scans(databases: Iterable[Connection], ledger: Connection, change: Change) -> int | None:
    """Return how often plans used the index, less what our own planning caused; None where it is not there."""
    assert change.index_name is not None
    seen = [catalog_state.observe(database, change.schema_name, change.index_name) for database in databases]
    present = [index for index in seen if index is not None]
    if not present:
        return None
    values = {"target": change.target, "index_oid": present[0].oid}
    own: int = ledger.execute(load(__file__, "planning_use"), values).scalar_one()
    return max(0, sum(index.scans for index in present) - own)
