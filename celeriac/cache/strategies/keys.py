"""Keys that a warmer can write too: the function's name and its arguments, as a template."""

import inspect
from collections.abc import Callable
from typing import Any

from celeriac.cache.keys import Template


def template_of(function: Callable[..., Any]) -> str:
    """Return a function's key template.

    >>> def user_jobs(user_id, status): ...
    >>> template_of(user_jobs)
    'user_jobs:{user_id}:{status}'
    """
    names = inspect.signature(function).parameters
    return ":".join([function.__name__, *(f"{{{name}}}" for name in names)])


def filled(template: str, value: object) -> str:
    """Return a template of one placeholder with its value, escaped as the decorator does.

    >>> filled("user:{user_id}", "a:b")
    'user:a%3Ab'
    """
    parsed = Template.parse(template)
    return parsed.fill(dict.fromkeys(parsed.names, value))


def normalised(text: str) -> str:
    """Write a search as everyone who means the same would have it: case and spaces say nothing.

    >>> normalised("  Red   SHOES ")
    'red shoes'
    """
    return " ".join(text.casefold().split())
