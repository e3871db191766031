"""What to do next, in order of milliseconds; pure.

What is critical comes first: its worth is not told in milliseconds. Then what is known to save or to cost the most an
hour, and last what has no figure, the larger or the worse before the other.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from celeriac.cli.report.document import Changed, Fault, Slower, Step
from celeriac.cli.report.words import argument, for_target

SHOWN: Final = 20
DATABASE: Final = '"$DATABASE_URL"'
_BUSIER: Final = frozenset({"traffic"})
_READS: Final = ("select", "with")
_WHOLE: Final = frozenset({"load", "contention"})


def next_steps(
    target: str, proposals: Sequence[Changed], slower: Iterable[Slower], faults: Iterable[Fault]
) -> tuple[Step, ...]:
    """Return what to do, what matters most first; every step has its command."""
    steps = [
        *(_decide(target, one) for one in proposals),
        *(_look_at(target, one) for one in slower if one.ended_at is None),
        *(_mend(one) for one in faults if one.cure is not None),
    ]
    return tuple(sorted(steps, key=_order)[:SHOWN])


def _order(step: Step) -> tuple[bool, float, bool, int]:
    return step.severity != "critical", -(step.ms_per_hour or 0.0), step.severity is None, -(step.frees_bytes or 0)


def _decide(target: str, one: Changed) -> Step:
    return Step(
        kind="approve",
        what=f"Decide on change {one.id}: {one.ddl}",
        why=one.reason,
        ms_per_hour=one.promised_ms_per_hour,
        command=for_target(f"celeriac approve {one.id}", target),
        language="shell",
        frees_bytes=_frees(one),
    )


def _frees(one: Changed) -> int | None:
    """Return the space that a change frees; a build takes some."""
    if one.kind == "build" or one.size_bytes is None:
        return None
    return one.size_bytes if one.kind == "drop" else max(0, (one.size_bytes_before or 0) - one.size_bytes)


def _look_at(target: str, one: Slower) -> Step:
    subject = "all statements together" if one.query is None else " ".join(one.query.split())
    return Step(
        kind="slower",
        what=f"Look at what got slower: {subject}",
        why=one.sentence if one.change_id is None else f"{one.sentence}; change {one.change_id} came just before",
        ms_per_hour=one.ms_per_hour,
        command=one.undo or _way(target, one),
        language="shell",
    )


def _way(target: str, one: Slower) -> str:
    """Return the command that tells more of a cause."""
    if one.query is None or one.cause in _WHOLE:
        return for_target(f"celeriac health {DATABASE}", target)
    if one.cause in _BUSIER and one.query.lstrip().lower().startswith(_READS):
        return f"celeriac cache-advice {DATABASE}"
    quoted = argument(one.query)
    return f"celeriac recommend {DATABASE}" if quoted is None else f"celeriac explain {DATABASE} {quoted}"


def _mend(one: Fault) -> Step:
    return Step(
        kind="finding",
        what=f"Mend {one.check}: {one.subject}" if one.subject else f"Mend {one.check}",
        why=one.sentence,
        ms_per_hour=None,
        command=one.cure or "",
        language="sql",
        severity=one.severity,
    )
