"""Keep, revert or wait: decided from what statements measurably did before and after, never from what was hoped.

The planner's cost can be wrong in sign (an UPDATE whose cost halves wrote 31 % more WAL and was no faster), so each
statement that touches the table is judged, reads and writes; writes are weighed against what the reads gain.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from celeriac.indexes.comparison import FEWEST_CALLS, Comparison, compare, drift, is_controlled
from celeriac.indexes.policy import VerifyPolicy
from celeriac.statements.statement import Statement, Window

Decision = Literal["keep", "revert", "wait"]

_CALLS_TO_BLAME = 30
"""A statement must have been called so often on both sides before one statement alone reverts a change."""
_UNSURE = (
    "what was measured may be the index's doing or chance: calls of the same statement differ too much to tell yet"
)
_SHOWN = 12
"""Statements kept as evidence, heaviest first."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged."""

    before: Window
    after: Window
    touched: Mapping[str, bool]
    """Fingerprints of the statements that touch the table, and whether each writes it."""
    promised: frozenset[str] = frozenset()
    """Fingerprints of the statements that were said to gain."""
    scans: int | None = None
    """How often plans used the index, our own planning taken out; None where that is not known."""
    elapsed_s: float = 0.0
    """Since the change settled."""
    pages: tuple[int, int] | None = None
    """The table's size in blocks at the end of the time before, and now; None where it is not known."""
    required: bool = False
    """Declared by a person: it stays unless it measurably hurts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision with its reason and the measurements that it rests on."""

    decision: Decision
    reason: str
    saved_ms_per_hour: float
    """Net of writes."""
    saved_ratio: float
    """Of the time of the statements that changed or were promised to."""
    drift: float
    statements: tuple[Comparison, ...]

    def as_json(self) -> dict[str, Any]:
        """Return what the ledger stores as evidence: the heaviest statements and the totals."""
        heaviest = sorted(self.statements, key=lambda one: -one.weight_ratio)[:_SHOWN]
        return {**asdict(self), "statements": [asdict(one) for one in heaviest]}


@dataclass(frozen=True, slots=True)
class _Balance:
    """What a change gained and cost, milliseconds an hour."""

    gain: float
    loss: float
    write_loss: float
    base: float
    total: float
    """Time of all statements that touch the table."""

    @property
    def net(self) -> float:
        return self.gain - self.loss

    @property
    def ratio(self) -> float:
        return self.net / self.base if self.base > 0 else 0.0


def judge(case: Case, policy: VerifyPolicy) -> Verdict:
    """Judge one change."""
    compared, factor = compare_all(case, policy)
    balance = _balance(case, compared)
    decision, reason = _decide(case, policy, compared, balance)
    return Verdict(decision, reason, balance.net, balance.ratio, factor, compared)


def compare_all(case: Case, policy: VerifyPolicy) -> tuple[tuple[Comparison, ...], float]:
    """Compare every statement that touches the table; returns the comparisons and the drift taken out of them."""
    factor = drift(case.before.by_fingerprint(), case.after.by_fingerprint(), case.touched)
    before, after = case.before.by_fingerprint(), case.after.by_fingerprint()
    controlled = is_controlled(before, after, case.touched)
    both = [fingerprint for fingerprint in case.touched if fingerprint in before and fingerprint in after]
    weights = _weights(before, after, both)
    compared = tuple(
        compare(
            before[fingerprint],
            after[fingerprint],
            writes=case.touched[fingerprint],
            drift=factor,
            significance=policy.significance / len(both),
            weight_ratio=weights[fingerprint],
            controlled=controlled,
            pages=case.pages,
        )
        for fingerprint in both
    )
    return compared, factor


def harm(one: Comparison) -> str:
    """Say of a statement that got worse by how much."""
    return (
        f"statement {one.fingerprint} takes {one.time_ratio:.1f} times as long: {one.mean_ms_before:.2f} -> "
        f"{one.mean_ms_after:.2f} ms and {one.blocks_per_call_before:.0f} -> {one.blocks_per_call_after:.0f} "
        f"blocks a call (p = {one.p_value:.2g})"
    )


def _decide(
    case: Case, policy: VerifyPolicy, compared: tuple[Comparison, ...], balance: _Balance
) -> tuple[Decision, str]:
    for one in compared:
        if _is_harmed(one, policy):
            return "revert", harm(one)
    over = case.elapsed_s >= policy.max_duration.total_seconds()
    missing = _missing(case, policy)
    if missing is not None and not over:
        return "wait", missing
    if _outweighed(balance, policy):
        return "revert", (
            f"writes of the table lose {_per_hour(balance.write_loss)} and reads gain {_per_hour(balance.gain)}: "
            f"an index must gain {policy.min_gain_per_write_cost:g} times what writes pay"
        )
    if case.required:
        return "keep", "it is declared, and nothing that touches the table got measurably worse"
    if case.scans == 0:
        return "revert", "no plan has used it: all it does is cost writes"
    if balance.ratio >= policy.min_gain_ratio:
        return "keep", _gain(compared, balance)
    if not over and any(_may_decide(one, policy) for one in compared):
        return "wait", _UNSURE
    rare = _still_rare(case)
    if rare and not over:
        return "wait", f"no gain yet, but {rare} of the promised statements have hardly run since"
    if missing is not None:
        return "revert", f"its use could not be shown in time: {missing}"
    return "revert", (
        f"it saves {balance.ratio:.1%} of the measured time of the statements concerned; "
        f"at least {policy.min_gain_ratio:.0%} is asked"
    )


def _weights(before: dict[str, Statement], after: dict[str, Statement], both: list[str]) -> dict[str, float]:
    """Return each statement's larger share of the time, before or after: what became heavy counts as heavy."""
    totals = [sum(side[one].counters.total_ms for one in both) or 1.0 for side in (before, after)]
    return {
        one: max(before[one].counters.total_ms / totals[0], after[one].counters.total_ms / totals[1]) for one in both
    }


def _balance(case: Case, compared: tuple[Comparison, ...]) -> _Balance:
    hours = max(case.after.seconds, 1.0) / 3600
    savings = [(one, one.saved_ms_per_call * one.calls_after / hours) for one in compared]
    concerned = [
        one
        for one in compared
        if (one.finding in ("better", "worse") or one.fingerprint in case.promised) and one.time_ratio > 0
    ]
    return _Balance(
        gain=sum(ms for _, ms in savings if ms > 0),
        loss=-sum(ms for _, ms in savings if ms < 0),
        write_loss=-sum(ms for one, ms in savings if ms < 0 and one.writes),
        base=sum(one.mean_ms_after / one.time_ratio * one.calls_after / hours for one in concerned),
        total=sum(one.mean_ms_after * one.calls_after / hours for one in compared),
    )


def _outweighed(balance: _Balance, policy: VerifyPolicy) -> bool:
    """Tell whether writes lose what weighs, and more than reads gain for it."""
    return (
        balance.write_loss > policy.min_weight_ratio * balance.total
        and balance.gain < policy.min_gain_per_write_cost * balance.write_loss
    )


def _is_harmed(one: Comparison, policy: VerifyPolicy) -> bool:
    """Tell whether a read got so much worse that nothing else outweighs it; writes are weighed, not forbidden."""
    return (
        one.finding == "worse"
        and not one.writes
        and one.time_ratio > 1 + policy.max_regression_ratio
        and one.weight_ratio >= policy.min_weight_ratio
        and min(one.calls_before, one.calls_after) >= _CALLS_TO_BLAME
    )


def _may_decide(one: Comparison, policy: VerifyPolicy) -> bool:
    """Tell whether more calls of a statement may yet show what keeps the change, or ends it."""
    matters = one.time_ratio < 1 - policy.min_gain_ratio or one.time_ratio > 1 + policy.max_regression_ratio
    return one.finding == "unsure" and matters and one.weight_ratio >= policy.min_weight_ratio


def _missing(case: Case, policy: VerifyPolicy) -> str | None:
    """Return what evidence is still missing, as a sentence, None where there is enough."""
    if case.after.seconds < policy.min_duration.total_seconds():
        return (
            f"{case.after.seconds / 60:.0f} minutes are measured, "
            f"{policy.min_duration.total_seconds() / 60:.0f} are asked"
        )
    if case.required:
        return None  # only harm can end it, and where nothing calls there is none
    relevant = (case.promised & case.touched.keys()) or case.touched.keys()
    calls = [
        sum(one.counters.calls for one in window.statements if one.fingerprint in relevant)
        for window in (case.before, case.after)
    ]
    if min(calls) < policy.min_calls:
        return f"{calls[0]} calls before and {calls[1]} after are measured, {policy.min_calls} each are asked"
    return None


def _still_rare(case: Case) -> int:
    after = case.after.by_fingerprint()
    return sum(
        1
        for fingerprint in case.promised
        if fingerprint not in after or after[fingerprint].counters.calls < FEWEST_CALLS
    )


def _gain(compared: tuple[Comparison, ...], balance: _Balance) -> str:
    better = [one for one in compared if one.finding == "better"]
    best = max(better, key=lambda one: one.saved_ms_per_call * one.calls_after)
    noun = "statement" if len(better) == 1 else "statements"
    return (
        f"it saves {_per_hour(balance.net)}, {balance.ratio:.0%} of the time of the statements concerned, in "
        f"{len(better)} {noun}; the one that gains most went from {best.mean_ms_before:.2f} to "
        f"{best.mean_ms_after:.2f} ms and from {best.blocks_per_call_before:.0f} to "
        f"{best.blocks_per_call_after:.0f} blocks a call"
    )


def _per_hour(ms: float) -> str:
    return f"{ms / 1000:.1f} s an hour" if ms >= 1000 else f"{ms:.0f} ms an hour"
