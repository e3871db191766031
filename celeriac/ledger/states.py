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
    "dropping",
    "drop_verifying",
    "dropped",
    "restoring",
    "restored",
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
    "drop",  # of a drop: the intent, with the exact former DDL, is written; DDL follows
    "confirm",  # of a drop: nothing got measurably worse without it
    "restore",  # of a drop: something did, or a person says so
    "rebuilt",  # of a drop: the catalog shows the index valid again
]

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("proposed", "approve"): "approved",
    ("proposed", "reject"): "rejected",
    ("proposed", "expire"): "expired",
    ("proposed", "vanish"): "lost",
    ("approved", "reject"): "rejected",
    ("approved", "lapse"): "proposed",
    ("approved", "baseline"): "baselined",
    ("approved", "drop"): "dropping",
    ("approved", "fail"): "failed",
    ("approved", "vanish"): "lost",
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
    ("dropping", "retry"): "approved",
    ("dropping", "fail"): "failed",
    ("dropping", "removed"): "drop_verifying",
    ("dropping", "restore"): "restoring",
    ("drop_verifying", "confirm"): "dropped",
    ("drop_verifying", "restore"): "restoring",
    ("drop_verifying", "reappear"): "restored",
    ("drop_verifying", "vanish"): "lost",
    ("dropped", "restore"): "restoring",
    ("dropped", "reappear"): "restored",
    ("restoring", "rebuilt"): "restored",
    ("restoring", "fail"): "failed",
}

_OF_DROPS: frozenset[tuple[State, Event]] = frozenset(
    {("proposed", "vanish"), ("approved", "vanish"), ("approved", "drop")}
)
_NOT_OF_DROPS: frozenset[tuple[State, Event]] = frozenset({("approved", "baseline"), ("lost", "reappear")})
"""Where builds and drops share a state, what only one of them can do."""

FINAL: frozenset[State] = frozenset({"rejected", "expired", "failed", "reverted", "lost", "dropped", "restored"})
"""Nothing more is done, unless the catalog contradicts the ledger (`reappear`)."""

INDEX_PRESENT: frozenset[State] = frozenset({"settling", "verifying", "kept"})
"""States in which the ledger says that the index is there and valid."""

UNJUDGED: tuple[State, ...] = (
    "building",
    "settling",
    "verifying",
    "reverting",
    "dropping",
    "drop_verifying",
    "restoring",
)
"""A change is under way: what is measured of its table now compares neither with before nor with what will be."""

AT_DEADLINE: Mapping[State, Event] = {
    "proposed": "expire",
    "approved": "lapse",
    "baselined": "lapse",
    "settling": "settle",
}
"""What a state's deadline brings by itself; the deadlines of building and verifying are judged by what is observed."""


class ForbiddenTransition(CeleriacError):
    """A change that is {state} cannot {event}; it can: {possible}."""


def after(state: State, event: Event, kind: str = "build") -> State:
    """Return the state that `event` leads a change of this kind to; raises ForbiddenTransition.

    >>> after("verifying", "keep"), after("drop_verifying", "restore", "drop")
    ('kept', 'restoring')
    """
    if event not in events(state, kind):
        possible = ", ".join(events(state, kind)) or "nothing"
        raise ForbiddenTransition(state=state, event=event, possible=possible)
    return TRANSITIONS[state, event]


def events(state: State, kind: str = "build") -> tuple[Event, ...]:
    """Return what can happen to a change of this kind in `state`, in the table's order.

    >>> events("approved", "drop")
    ('reject', 'lapse', 'drop', 'fail', 'vanish')
    """
    barred = _NOT_OF_DROPS if kind == "drop" else _OF_DROPS
    return tuple(event for (known, event) in TRANSITIONS if known == state and (known, event) not in barred)
