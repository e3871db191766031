"""Stay dropped, bring back, or wait: decided by the same measurements as a build, with the burden turned round.

What was surplus saves disk and writes whether or not a window shows it, so nothing has to get better; but whatever
touches the table and gets measurably worse, read or write, brings the index back at once.
"""

from celeriac.indexes.comparison import FEWEST_CALLS, Comparison
from celeriac.indexes.policy import VerifyPolicy
from celeriac.indexes.verdict import Case, Verdict, compare_all, harm

_CALLS_TO_BLAME = 30
"""On both sides; fewer do where the blocks of a call have multiplied, which no load and no cache can cause."""
_MULTIPLIED = 2.0


def judge(case: Case, policy: VerifyPolicy) -> Verdict:
    """Judge one drop: `revert` brings the index back, `keep` lets the drop stand."""
    compared, factor = compare_all(case, policy)
    lost = sum(one.saved_ms_per_call * one.calls_after for one in compared) / (max(case.after.seconds, 1.0) / 3600)
    worst = max((one for one in compared if is_harmed(one, policy)), key=lambda one: one.weight_ratio, default=None)
    if worst is not None:
        return Verdict("revert", f"without it {harm(worst)}", lost, 0.0, factor, compared)
    missing = _missing(case, policy)
    if missing is not None:
        return Verdict("wait", missing, lost, 0.0, factor, compared)
    over = case.elapsed_s >= policy.max_duration.total_seconds()
    if not over and (unsure := [one for one in compared if _may_be_harmed(one, policy)]):
        reason = f"statement {unsure[0].fingerprint} may have got worse without it, or by chance: more calls will tell"
        return Verdict("wait", reason, lost, 0.0, factor, compared)
    told = f"none of {len(compared)} statements that touch the table got measurably worse without it"
    return Verdict("keep", told, lost, 0.0, factor, compared)


def is_harmed(one: Comparison, policy: VerifyPolicy) -> bool:
    """Tell whether a statement got so much worse that the index comes back."""
    grew = (one.blocks_per_call_after + 1) / (one.blocks_per_call_before + 1) >= _MULTIPLIED
    return (
        one.finding == "worse"
        and one.time_ratio > 1 + policy.max_regression_ratio
        and one.weight_ratio >= policy.min_weight_ratio
        and min(one.calls_before, one.calls_after) >= (FEWEST_CALLS if grew else _CALLS_TO_BLAME)
    )


def _may_be_harmed(one: Comparison, policy: VerifyPolicy) -> bool:
    slower = one.time_ratio > 1 + policy.max_regression_ratio
    return one.finding == "unsure" and slower and one.weight_ratio >= policy.min_weight_ratio


def _missing(case: Case, policy: VerifyPolicy) -> str | None:
    """Return what is still to be seen; None once all is seen that ran before, or the time for it is over."""
    if case.after.seconds < policy.min_duration.total_seconds():
        return (
            f"{case.after.seconds / 60:.0f} minutes are measured without it, "
            f"{policy.min_duration.total_seconds() / 60:.0f} are asked"
        )
    if case.elapsed_s >= policy.max_duration.total_seconds():
        return None
    after = case.after.by_fingerprint()
    ran = [
        one for one in case.before.statements if one.fingerprint in case.touched and one.counters.calls >= FEWEST_CALLS
    ]
    unseen = sum(
        1 for one in ran if one.fingerprint not in after or after[one.fingerprint].counters.calls < FEWEST_CALLS
    )
    if unseen:
        return f"{unseen} of {len(ran)} statements that touched the table have hardly run without it yet"
    calls = sum(one.counters.calls for one in case.after.statements if one.fingerprint in case.touched)
    if calls < policy.min_calls:
        return f"{calls} calls are measured without it, {policy.min_calls} are asked"
    return None
