"""Nothing is built whose effect could not be shown: without a before there is no after."""

from celeriac.indexes import baseline
from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.policy import VerifyPolicy
from celeriac.ledger import changes


def check(context: Context) -> Outcome:
    """Refuse while the statements that are to gain have hardly been measured with the table as it is."""
    promised = frozenset(context.change.promised.get("fingerprints", ()))
    if not promised:
        return Clear()  # a person or a declaration wants it: it is judged by what it does to whatever runs
    now = changes.instant(context.ledger)
    window = baseline.read(context.ledger, context.change, now, context.verify.baseline)
    calls = 0 if window is None else sum(
        one.counters.calls for one in window.statements if one.fingerprint in promised
    )  # fmt: skip
    return decide(calls, context.verify)


def decide(calls: int, policy: VerifyPolicy) -> Outcome:
    """Refuse below the calls that verification will ask for."""
    if calls < policy.min_calls:
        return Refused(
            "baseline",
            f"{calls} calls of the statements that are to gain were measured since the table's indexes last changed; "
            f"{policy.min_calls} are asked, so that the gain can be shown",
        )
    return Clear()
