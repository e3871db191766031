"""A policy's numbers as the environment has them, by the names that the workers read: CELERIAC_HEALTH__BLOCKED_S."""

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final, TypeVar, get_type_hints

from celeriac.errors import CeleriacError

PREFIX: Final = "CELERIAC_"

Policy = TypeVar("Policy")


class BoundWrong(CeleriacError):
    """{name} is no number: write it as {example}, or leave it out."""


def bounds(policy: Policy, section: str) -> Policy:
    """Return the policy with what the environment says of it; raises BoundWrong, which does not repeat the value."""
    return replace(policy, **dict(_said(policy, section)))  # type: ignore[type-var]


def _said(policy: Any, section: str) -> Iterator[tuple[str, float]]:
    hints = get_type_hints(type(policy))
    for field in fields(policy):
        name = f"{PREFIX}{section}__{field.name}".upper()
        if value := os.environ.get(name):
            yield field.name, _number(name, value, whole=hints[field.name] is not float)


def _number(name: str, value: str, *, whole: bool) -> float:
    try:
        return int(value) if whole else float(value)
    except ValueError:
        raise BoundWrong(name=name, example="1000" if whole else "0.5") from None
