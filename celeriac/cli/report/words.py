"""Figures, instants and other people's texts, written for people."""

import shlex
from datetime import UTC, datetime
from typing import Final

UNMEASURED: Final = "not measured"
_UNITS: Final = ((3_600_000.0, "h"), (60_000.0, "min"), (1_000.0, "s"))
_LONGEST_ARGUMENT: Final = 600


def duration(ms: float | None) -> str:
    """Write milliseconds in the unit that people would take.

    >>> duration(340), duration(12_345), duration(-90_000), duration(0.25), duration(None)
    ('340 ms', '12.3 s', '-1.5 min', '0.25 ms', '')
    """
    if ms is None:
        return ""
    for size, unit in _UNITS:
        if abs(ms) >= size:
            return f"{ms / size:,.1f} {unit}"
    return f"{ms:,.0f} ms" if abs(ms) >= 10 or not ms else f"{ms:.2g} ms"


def percent(ratio: float | None) -> str:
    """Write a share.

    >>> percent(0.934), percent(None)
    ('93.4%', 'not measured')
    """
    return UNMEASURED if ratio is None else f"{ratio:.1%}"


def count(number: int, noun: str) -> str:
    """Write a number with what it counts.

    >>> count(1, "change"), count(2_000, "change")
    ('1 change', '2,000 changes')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def when(instant: datetime) -> str:
    """Write an instant to the minute, UTC, as the whole report has it.

    >>> when(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02 03:04'
    """
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}"


def clean(text: str) -> str:
    """Show what neither a terminal nor a page should obey: control characters, and marks that turn text around.

    >>> clean("SELECT" + chr(27) + "[2J, 1" + chr(0x202E))
    'SELECT�[2J, 1�'
    """
    return "".join(one if one in "\n\t" or one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def argument(text: str) -> str | None:
    """Quote a text for the shell; None where it is too long to be copied, or holds what a terminal would obey.

    >>> argument("SELECT 'a'")
    '\\'SELECT \\'"\\'"\\'a\\'"\\'"\\'\\''
    """
    return shlex.quote(text) if len(text) <= _LONGEST_ARGUMENT and clean(text) == text else None


def for_target(command: str, target: str) -> str:
    """Name the target in a command where it is not the one that is meant anyway.

    >>> for_target("celeriac revert 7", "main"), for_target("celeriac revert 7", "the shop")
    ('celeriac revert 7', "celeriac revert 7 --target 'the shop'")
    """
    return command if target == "main" else f"{command} --target {shlex.quote(target)}"
