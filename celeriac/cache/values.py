"""JSON in and out, by rules that do not depend on who wrote the value.

Kept as they are: dict with text keys, list, str, int within 64 bits, finite float, bool, None. Stored as text: datetime
(RFC 3339, a naive one without offset), date, time, UUID, Decimal (all digits). Stored as what they hold: Enum (its
value), dataclass (dict), tuple (list). All else is refused, and so are NaN and infinity, which JSON cannot say.
https://github.com/ijl/orjson#types
"""

import json
import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

from celeriac.cache.errors import NotJson

MAX_DEPTH = 100
"""A deeper value is a structure that refers to itself, or should not be cached as JSON."""

decode = orjson.loads


def encode(value: Any) -> bytes:
    """Return the value as JSON; raise NotJson, naming the place, where it is none."""
    try:
        encoded: bytes = orjson.dumps(value, default=_spell)
    except (TypeError, RecursionError) as refusal:
        raise _blame(value, str(refusal)) from None
    # orjson writes NaN and infinity as null, which would come back as None. Only then is it worth a walk.
    if b"null" in encoded and _holds_unsayable(value):
        for where, number in _floats(value, "the value"):
            if not math.isfinite(number):
                raise NotJson(kind="float", where=where, why=f"JSON has no {number}")
    return encoded


def _spell(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def _holds_unsayable(value: Any) -> bool:
    """Return whether a float in the value is NaN or infinite; the standard encoder refuses them, at the speed of C."""
    try:
        _STRICT.encode(value)
    except ValueError:
        return True
    return False


def _held(value: Any) -> Any:
    """Return what an object holds that may hold floats."""
    return [part for _, part in _parts(value, "")]


_STRICT = json.JSONEncoder(allow_nan=False, ensure_ascii=False, check_circular=False, default=_held)


def _floats(value: Any, where: str, depth: int = 0) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield where, value
    elif depth < MAX_DEPTH:
        for place, part in _parts(value, where):
            yield from _floats(part, place, depth + 1)


def _parts(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{where}[{name!r}]", part) for name, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{where}[{position}]", part) for position, part in enumerate(value))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from ((f"{where}.{field.name}", getattr(value, field.name)) for field in fields(value))
    elif isinstance(value, Enum):
        yield f"{where}.value", value.value


def _blame(value: Any, why: str, where: str = "the value", depth: int = 0) -> NotJson:
    """Return the refusal of the innermost part that cannot be encoded."""
    if depth < MAX_DEPTH:
        for place, part in _parts(value, where):
            try:
                orjson.dumps(part, default=_spell)
            except (TypeError, RecursionError) as refusal:
                return _blame(part, str(refusal), place, depth + 1)
    return NotJson(kind=type(value).__name__, where=where, why=why.removeprefix("Type is not JSON serializable: "))
