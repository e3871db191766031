"""Write a recommendation into the ledger, and decide on it: a person, or the mode auto."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from celeriac.indexes import ddl, definitions
from celeriac.indexes.index import Advice, Recommendation
from celeriac.indexes.policy import LoopPolicy, Mode
from celeriac.ledger import changes, control, quarantine
from celeriac.ledger.changes import Change, NotProposed, Proposal
from celeriac.ledger.states import AT_DEADLINE, UNJUDGED, Event, State
from celeriac.statements.catalog import Catalog, Table
from celeriac.statements.workload import Workload

UNDECIDED: tuple[State, ...] = ("approved", "baselined", *UNJUDGED)

_REASONS: Mapping[Event, str] = {
    "approve": "the mode is auto",
    "expire": "nobody decided in time",
    "lapse": "it was not begun in time",
}

AUTO = "auto"
"""The actor of what the mode auto approved; after a fall-back to approve such an approval no longer counts."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of an advice."""

    changes: tuple[Change, ...]
    refused: tuple[tuple[str, str], ...]
    """(DDL, reason) of what was not proposed."""


def propose(
    ledger: Connection,
    target: str,
    recommendation: Recommendation,
    *,
    table: Table | None,
    origin: str,
    actor: str,
    policy: LoopPolicy,
) -> Change | NotProposed:
    """Propose one index; the same definition twice is one change. `table` tells its size to the quarantine."""
    definition = recommendation.definition
    promised = {
        "saving_ms_per_hour": recommendation.saving_ms_per_hour,
        "saving_ratio": recommendation.saving_ratio,
        "write_ms_per_hour": recommendation.write_ms_per_hour,
        "sureness": recommendation.sureness,
        "calls_per_hour": sum(gain.calls_per_hour for gain in recommendation.statements),
        "saving_factor": recommendation.saving_factor,
        "size_factor": recommendation.size_factor,
        "fingerprints": [gain.fingerprint for gain in recommendation.statements],
        "replaces": list(recommendation.replaces),
    }
    if table is not None:
        promised["table_rows"] = table.rows
    proposal = Proposal(
        target=target,
        kind="build",
        schema_name=definition.schema,
        table_name=definition.table,
        table_oid=None if table is None else table.oid,
        identity=ddl.identity(definition),
        definition=definitions.as_json(definition),
        ddl=ddl.create(definition),
        origin=origin,
        reason=recommendation.reason,
        promised=promised,
        size_bytes_estimated=recommendation.size_bytes,
    )
    return changes.propose(ledger, proposal, actor=actor, lasts=policy.proposed_expires)


def propose_all(
    ledger: Connection, target: str, advice: Advice, catalog: Catalog, *, origin: str, actor: str, policy: LoopPolicy
) -> Proposed:
    """Propose what was recommended, except where an earlier change of the table has not been judged yet."""
    undecided = {
        change.table: change
        for change in changes.in_states(ledger, target, *UNDECIDED)
        # A declared one that has not begun waits for what is measured to help more.
        if (change.origin != "declared" or change.index_name is not None)
        # Nor does what is built wait for a drop that has not begun.
        and not (change.kind == "drop" and change.state == "approved")
    }
    proposed: list[Change] = []
    refused: list[tuple[str, str]] = []
    for recommendation in advice.recommendations:
        definition = recommendation.definition
        waiting = undecided.get(f"{definition.schema}.{definition.table}")
        if waiting is not None and waiting.identity != ddl.identity(definition):
            # Its effect is not in the workload yet: what was advised would double it.
            refused.append((recommendation.ddl, f"change {waiting.id} of {waiting.table} is still {waiting.state}"))
            continue
        saving = recommendation.saving_ms_per_hour - recommendation.write_ms_per_hour
        if saving < policy.min_saving_ms_per_hour:
            reason = f"it would save {saving:.0f} ms an hour; {policy.min_saving_ms_per_hour:.0f} are asked"
            refused.append((recommendation.ddl, reason))
            continue
        outcome = propose(
            ledger,
            target,
            recommendation,
            table=catalog.find(definition.schema, definition.table),
            origin=origin,
            actor=actor,
            policy=policy,
        )
        if isinstance(outcome, NotProposed):
            refused.append((recommendation.ddl, outcome.reason))
        else:
            proposed.append(outcome)
    return Proposed(tuple(proposed), tuple(refused))


def kept_out(ledger: Connection, target: str, catalog: Catalog, workload: Workload | None = None) -> dict[str, str]:
    """Return what the advisor must not propose, with the reason.

    A table that has grown or shrunk twofold frees its own, and so do statements that now run twice, or half, as often.
    """
    held: dict[str, str] = {}
    for one in quarantine.active(ledger, target):
        change = changes.get(ledger, one.change_id, target)
        table = catalog.find(change.schema_name, change.table_name)
        now = {} if table is None else {"table_rows": table.rows}
        if workload is not None:
            now["calls_per_hour"] = _calls_per_hour(workload, frozenset(change.promised.get("fingerprints", ())))
        if not quarantine.circumstances_changed(one.circumstances, now):
            held[one.identity] = one.sentence
    return held


def _calls_per_hour(workload: Workload, fingerprints: frozenset[str]) -> float:
    return sum(one.counters.calls for one in workload.statements if one.fingerprint in fingerprints) / workload.hours


def approve(ledger: Connection, change: Change, *, actor: str, policy: LoopPolicy) -> Change:
    """Allow a proposed change to be made within the policy's time."""
    return changes.transition(
        ledger,
        change,
        "approve",
        actor=actor,
        reason=f"approved by {actor}",
        lasts=policy.approved_expires,
    )


def reject(ledger: Connection, change: Change, *, actor: str, reason: str) -> Change:
    """Refuse a proposed or approved change for good."""
    return changes.transition(ledger, change, "reject", actor=actor, reason=reason)


def approve_automatically(
    ledger: Connection, target: str, *, configured: Mode, policy: LoopPolicy
) -> tuple[Change, ...]:
    """Approve every proposal where the mode in force is auto and nothing is paused; else none.

    Dropping what Celeriac did not make is left to a person, unless the policy says otherwise.
    """
    held = control.in_force(ledger, target, paused=policy.paused)
    if held.paused or held.effective_mode(configured) != "auto":
        return ()
    allowed = tuple(
        change
        for change in changes.in_states(ledger, target, "proposed")
        if change.kind != "drop" or policy.drop_foreign or ddl.owner_of(change.index_name or "") is not None
    )
    return _sweep(ledger, "approve", allowed, policy.approved_expires, AUTO)


def expire(ledger: Connection, target: str, policy: LoopPolicy) -> tuple[Change, ...]:
    """Close the proposals, and send back the approvals and baselines, whose time is over."""
    again: tuple[tuple[State, timedelta | None], ...] = (
        ("proposed", None),
        ("approved", policy.proposed_expires),
        ("baselined", policy.approved_expires),
    )
    return tuple(
        change
        for state, lasts in again
        for change in _sweep(ledger, AT_DEADLINE[state], changes.overdue(ledger, target, state), lasts, "celeriac")
    )


def _sweep(
    ledger: Connection,
    event: Event,
    found: tuple[Change, ...],
    lasts: timedelta | None,
    actor: str,
) -> tuple[Change, ...]:
    moved = (
        changes.try_transition(ledger, change, event, actor=actor, reason=_REASONS[event], lasts=lasts)
        for change in found
    )
    return tuple(change for change in moved if change is not None)
