"""Read the domain's frozen dataclasses from text: durations, JSON, and nothing that the dataclass does not have.

The domain keeps its policies free of pydantic; this is where they meet it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|)\s*", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def policy(kind: type[Any]) -> BeforeValidator:
    """Return what annotates a policy's field: `statements: Annotated[StatementPolicy, policy(StatementPolicy)]`."""
    return BeforeValidator(lambda value: fit(kind, value))


def duration(value: Any) -> Any:
    """Read "90", "1.5s", "10m", "24h" or "7d"; whatever else it is (an ISO 8601 duration) is left to pydantic.

    >>> duration("10m"), duration("P1D")
    (datetime.timedelta(seconds=600), 'P1D')
    """
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return timedelta(seconds=float(match.group(1)) * _SECONDS[match.group(2)])
    return value


def fit(hint: Any, value: Any) -> Any:
    """Turn text into what `hint` can be validated from; raises for a name that a dataclass does not have."""
    kinds = get_args(hint) or (hint,)
    if isinstance(value, str):
        value = _from_text(hint, kinds, value)
    if get_origin(hint) is Mapping and isinstance(value, dict):
        return {name: _fit_field(name, get_args(hint)[1], one) for name, one in value.items()}
    if isinstance(value, list | tuple) and get_args(hint):
        return [fit(get_args(hint)[0], one) for one in value]
    record = next((kind for kind in kinds if is_dataclass(kind)), None)
    if record is None or not isinstance(value, dict):
        return value
    hints = get_type_hints(record)
    refuse_unknown(value, tuple(field.name for field in fields(record)))
    return {name: _fit_field(name, hints[name], one) for name, one in value.items()}


def refuse_unknown(given: dict[str, Any], known: tuple[str, ...]) -> None:
    """Raise for the first name that is not known, and say which one may have been meant."""
    for name in given:
        if name not in known:
            reason = f"no such setting; {suggest(name, known)}"
            raise PydanticCustomError("unfit", "{reason}", {"field": name, "reason": reason})


def suggest(name: str, known: tuple[str, ...]) -> str:
    """Say which known name is meant.

    >>> suggest("min_cals", ("min_calls", "baseline"))
    'perhaps min_calls is meant'
    """
    near = get_close_matches(name, known, n=1)
    return f"perhaps {near[0]} is meant" if near else f"known here: {', '.join(known)}"


def _fit_field(name: str, hint: Any, value: Any) -> Any:
    try:
        return fit(hint, value)
    except PydanticCustomError as error:
        context = dict(error.context or {})
        inner = context.get("field")
        context["field"] = f"{name}__{inner}" if inner else name
        raise PydanticCustomError("unfit", "{reason}", context) from None


def _from_text(hint: Any, kinds: tuple[Any, ...], value: str) -> Any:
    if NoneType in kinds and value.lower() in {"", "none", "null"}:
        return None
    if hint is not str and value.lstrip()[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            raise PydanticCustomError("unfit", "{reason}", {"reason": "not valid JSON"}) from None
    return duration(value) if timedelta in kinds else value
