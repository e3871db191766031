"""The states of a change and every move between them: what is not in the table cannot happen.

The same table stands in docs/states.md; a test compares the two.
"""

from collections.abc import Mapping
from typing import Literal

from celeriac.errors import CeleriacError

State = Literal[
    "proposed",
    "approved",
    "baselined",
    "building",
    "settling",
    "verifying",
    "kept",
    "reverting",
    "reverted",
    "rejected",
    "expired",
    "failed",
    "lost",
]
Event = Literal[
    "approve",  # a person, or the mode auto
    "reject",  # a person
    "expire",  # nobody decided in time
    "lapse",  # what was known when it was approved, or measured before it, is too old
    "baseline",  # the window before the change is closed
    "begin",  # the intent, with the index's exact name, is written; DDL follows
    "retry",  # an attempt left nothing behind and may be made again
    "fail",  # no further attempt
    "built",  # the catalog shows the index valid
    "settle",  # the warmth of the build has passed
    "keep",  # it was measured to help
    "revert",  # it was measured not to, or a person says so
    "removed",  # the catalog no longer shows the index
    "vanish",  # somebody else removed it
    "reappear",  # it is back, or was never gone
]

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("proposed", "approve"): "approved",
    ("proposed", "reject"): "rejected",
    ("proposed", "expire"): "expired",
    ("approved", "reject"): "rejected",
    ("approved", "lapse"): "proposed",
    ("approved", "baseline"): "baselined",
    ("approved", "fail"): "failed",
    ("baselined", "lapse"): "approved",
    ("baselined", "begin"): "building",
    ("baselined", "fail"): "failed",
    ("building", "retry"): "approved",
    ("building", "fail"): "failed",
    ("building", "built"): "settling",
    ("settling", "settle"): "verifying",
    ("settling", "revert"): "reverting",
    ("settling", "vanish"): "lost",
    ("verifying", "keep"): "kept",
    ("verifying", "revert"): "reverting",
    ("verifying", "vanish"): "lost",
    ("kept", "revert"): "reverting",
    ("kept", "vanish"): "lost",
    ("reverting", "removed"): "reverted",
    ("reverted", "reappear"): "reverting",
    ("lost", "reappear"): "kept",
}

FINAL: frozenset[State] = frozenset({"rejected", "expired", "failed", "reverted", "lost"})
"""Nothing more is done, unless the catalog contradicts the ledger (`reappear`)."""

INDEX_PRESENT: frozenset[State] = frozenset({"settling", "verifying", "kept"})
"""States in which the ledger says that the index is there and valid."""

AT_DEADLINE: Mapping[State, Event] = {
    "proposed": "expire",
    "approved": "lapse",
    "baselined": "lapse",
    "settling": "settle",
}
"""What a state's deadline brings by itself; the deadlines of building and verifying are judged by what is observed."""


class ForbiddenTransition(CeleriacError):
    """A change that is {state} cannot {event}; it can: {possible}."""


def after(state: State, event: Event) -> State:
    """Return the state that `event` leads to; raises ForbiddenTransition.

    >>> after("verifying", "keep")
    'kept'
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        possible = ", ".join(events(state)) or "nothing"
        raise ForbiddenTransition(state=state, event=event, possible=possible) from None


def events(state: State) -> tuple[Event, ...]:
    """Return what can happen to a change in `state`, in the table's order."""
    return tuple(event for (known, event) in TRANSITIONS if known == state)
