"""When a regression goes on and when it ends, compared with what was usual when it began; pure.

Between the ratio that opens and the one that ends lies a gap, so that none opens and closes with each window.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.shift import Shift

Ending = Literal["back", "accepted", "gone", "known"]
"""Back to what was usual; usual by now; not run any more; no longer new."""


@dataclass(frozen=True, slots=True)
class Span:
    """What an open regression has been through."""

    cause: str
    first_seen: datetime
    last_seen: datetime


def ending(
    span: Span, shift: Shift | None, before: Shift | None, now: datetime, policy: RegressionPolicy
) -> Ending | None:
    """Tell how a regression has ended, None while it goes on or nothing new is known of it."""
    if span.cause == "new":
        return "known" if now - span.first_seen >= policy.gone_after else None
    if now - span.first_seen >= policy.accept_after:
        return "accepted"
    if shift is not None and before is not None:
        return "back" if max(_ratio(span, shift), _ratio(span, before)) < policy.resolve_ratio else None
    return "gone" if now - span.last_seen >= policy.gone_after else None


def goes_on(span: Span, shift: Shift | None, policy: RegressionPolicy) -> bool:
    """Tell whether a window shows a regression still; of a new statement nothing earlier could be compared."""
    return span.cause != "new" and shift is not None and _ratio(span, shift) >= policy.resolve_ratio


def _ratio(span: Span, shift: Shift) -> float:
    return shift.calls_ratio if span.cause == "traffic" else shift.time_ratio
