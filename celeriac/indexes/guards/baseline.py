"""Nothing is built whose effect could not be shown: without a before there is no after."""

from celeriac.indexes import baseline
from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import VerifyPolicy
from celeriac.ledger import clock
from celeriac.statements.statement import Window
from celeriac.supervision.outcome import Clear, Outcome, Refused


def check(context: Context) -> Outcome:
    """Refuse while the statements that are to gain have hardly been measured with the table as it is.

    Before a drop something must have been measured: else nobody could tell that a statement got worse.
    """
    promised = frozenset(context.change.promised.get("fingerprints", ()))
    is_drop = context.change.kind == "drop"
    if not promised and not is_drop:
        return Clear()  # a person or a declaration wants it: it is judged by what it does to whatever runs
    now = clock.instant(context.ledger)
    window = baseline.read(context.ledger, context.change, now, context.verify.baseline)
    if is_drop:
        return decide_drop(window, valid=context.change.promised.get("why") != "invalid")
    calls = 0 if window is None else sum(
        one.counters.calls for one in window.statements if one.fingerprint in promised
    )  # fmt: skip
    return decide(calls, context.verify)


def decide_drop(window: Window | None, *, valid: bool) -> Outcome:
    """Refuse to drop a valid index while nothing was measured since the table's indexes last changed."""
    if window is not None or not valid:
        return Clear()
    return Refused("baseline", "nothing was measured since the table's indexes last changed: a loss could not be told")


def decide(calls: int, policy: VerifyPolicy) -> Outcome:
    """Refuse below the calls that verification will ask for."""
    if calls < policy.min_calls:
        return Refused(
            "baseline",
            f"{calls} calls of the statements that are to gain were measured since the table's indexes last changed; "
            f"{policy.min_calls} are asked, so that the gain can be shown",
        )
    return Clear()
