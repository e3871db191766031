"""Where the calls of a function are kept: one entry a call, however its arguments are spelt."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from celeriac.cache.commands import Place
from celeriac.cache.computing import Wanted
from celeriac.cache.keys import Template, checked_tags, from_arguments, shortened
from celeriac.cache.policy import Lifetime
from celeriac.cache.space import Space


class Calls:
    """Where the calls of a function are kept, as far as it can be prepared before it is called."""

    def __init__(
        self,
        space: Space,
        function: Callable[..., Any],
        key: str | Callable[..., str] | None,
        tags: Sequence[str],
        lifetime: Lifetime,
    ) -> None:
        self.space = space
        self.lifetime = lifetime
        arguments = self._arguments = _Arguments(function)
        self._key_function = key if callable(key) else None
        self._key_of = Template.parse(key).on(arguments.names) if isinstance(key, str) else from_arguments
        self._tags_of = _tags_maker(arguments.names, tags)

    def wanted(self, compute: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wanted:
        """Return the entry of a call."""
        values = self._arguments.values(args, kwargs)
        key = shortened(self._key(args, kwargs, values))
        place = Place(self.space.names, key, self._tags_of(values))
        return Wanted(self.space, place, lambda: compute(*args, **kwargs), self.lifetime)

    def key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return the key of a call."""
        return self._key(args, kwargs, self._arguments.values(args, kwargs))

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any], values: tuple[Any, ...]) -> str:
        return self._key_of(values) if self._key_function is None else self._key_function(*args, **kwargs)


def _tags_maker(names: tuple[str, ...], tags: Sequence[str]) -> Callable[[tuple[Any, ...]], tuple[str, ...]]:
    templates = [Template.parse(tag) for tag in tags]
    fills = [template.on(names) for template in templates]
    if any(template.rest for template in templates):
        return lambda values: checked_tags(tuple([fill(values) for fill in fills]))
    constant = checked_tags(tuple(template.first for template in templates))
    return lambda values: constant  # noqa: ARG005 - one shape for both


class _Arguments:
    """Makes one spelling of a call's arguments, so that f(1), f(a=1) and a default of 1 are one entry."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._signature = inspect.signature(function)
        parameters = self._signature.parameters.values()
        self.names = tuple(parameter.name for parameter in parameters)
        # The common case is worth a shortcut: binding by inspect costs more than all the rest of the decorator.
        self._plain = all(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Return the arguments by position, defaults filled in; raise TypeError as the call itself would."""
        if self._plain and not kwargs and len(args) == len(self.names):
            return args
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())
