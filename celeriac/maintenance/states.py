"""The states of a maintenance run and every move between them; docs/maintenance.md has the same table."""

from collections.abc import Mapping
from typing import Literal

from celeriac.errors import CeleriacError

State = Literal["proposed", "approved", "running", "done", "failed", "rejected", "expired", "reverted"]
Event = Literal[
    "approve",  # a person, or the mode auto
    "reject",  # a person
    "expire",  # nobody decided in time, or the table needs it no more
    "begin",  # the figures before are written; the statement follows
    "retry",  # it was stopped, or its worker died, before anything came of it
    "finish",  # the catalog shows that it was done
    "fail",  # no further attempt
    "undo",  # of settings: the table has what it had before
]

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("proposed", "approve"): "approved",
    ("proposed", "reject"): "rejected",
    ("proposed", "expire"): "expired",
    ("approved", "reject"): "rejected",
    ("approved", "expire"): "expired",
    ("approved", "begin"): "running",
    ("running", "retry"): "approved",
    ("running", "finish"): "done",
    ("running", "fail"): "failed",
    ("done", "undo"): "reverted",
}

OPEN: tuple[State, ...] = ("proposed", "approved", "running")
"""Of one kind and table there is at most one such run."""


class MoveForbidden(CeleriacError):
    """A maintenance run that is {state} cannot {event}; it can: {possible}."""


def after(state: State, event: Event) -> State:
    """Return the state that `event` leads to; raises MoveForbidden.

    >>> after("proposed", "approve")
    'approved'
    """
    if (state, event) not in TRANSITIONS:
        raise MoveForbidden(state=state, event=event, possible=", ".join(events(state)) or "nothing")
    return TRANSITIONS[state, event]


def events(state: State) -> tuple[Event, ...]:
    """Return what can happen to a run in `state`.

    >>> events("approved")
    ('reject', 'expire', 'begin')
    """
    return tuple(event for (known, event) in TRANSITIONS if known == state)
