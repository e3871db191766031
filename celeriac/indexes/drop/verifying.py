"""Bring before and after of one drop before its judge, and write the verdict down."""

from sqlalchemy import Connection

from celeriac.indexes import baseline
from celeriac.indexes.build import ACTOR
from celeriac.indexes.drop import restoring
from celeriac.indexes.drop.verdict import judge
from celeriac.indexes.policy import LoopPolicy, VerifyPolicy
from celeriac.indexes.verdict import Case, Verdict
from celeriac.indexes.verify import Parse, nothing, touching
from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change
from celeriac.statements import parsing, windows
from celeriac.statements.catalog import Catalog


def verify(
    ledger: Connection,
    change: Change,
    policy: VerifyPolicy,
    catalog: Catalog,
    *,
    pages: tuple[int, int] | None = None,
    parse: Parse = parsing.parse,
) -> Verdict:
    """Judge a change that is drop_verifying by what was measured before the drop and since.

    `pages` is the table's size before and now (`celeriac.indexes.verify.pages`).
    """
    assert change.build_started_at is not None
    before = baseline.read(ledger, change, change.build_started_at, policy.baseline) or nothing(change)
    after = windows.read(ledger, change.target, since=change.settled_at) or nothing(change)
    statements = {statement.fingerprint: statement for window in (before, after) for statement in window.statements}
    return judge(
        Case(
            before=before,
            after=after,
            touched=touching(statements.values(), change.schema_name, change.table_name, catalog, parse),
            elapsed_s=clock.seconds_since(ledger, change.settled_at),
            pages=pages,
        ),
        policy,
    )


def conclude(ledger: Connection, change: Change, verdict: Verdict, policy: LoopPolicy) -> Change:
    """Write the verdict: dropped, restoring (the build follows), or the evidence so far while it must wait."""
    evidence = verdict.as_json()
    changes.note(ledger, change, evidence=evidence)
    if verdict.decision == "wait":
        return change
    if verdict.decision == "revert":
        return restoring.begin(ledger, change, actor=ACTOR, reason=verdict.reason, policy=policy)
    return changes.transition(ledger, change, "confirm", actor=ACTOR, reason=verdict.reason, evidence=evidence)
