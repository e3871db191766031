"""`@cached`: a function whose calls are served from the cache, keyed by its arguments."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

from celeriac.cache.cache import Cache
from celeriac.cache.commands import Place
from celeriac.cache.computing import Wanted
from celeriac.cache.freshness import checked
from celeriac.cache.keys import Template, checked_tags, from_arguments, shortened
from celeriac.cache.policy import Lifetime

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class CachedFunction(Protocol[P, R_co]):
    """A function behind a cache."""

    namespace: str
    """Its entries' namespace: `cache.invalidate(namespace=f.namespace)` drops them all."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Return the cached value of this call, else the computed one."""

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Drop the entry of this call; return whether Redis confirmed it."""

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Compute this call and store it now, whatever is cached."""

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the key of this call within the namespace."""

    def invalidate_all(self) -> bool:
        """Drop every entry of the function; return whether Redis confirmed it."""


def cached(
    cache: Cache,
    *,
    ttl: float | timedelta | None = None,
    key: str | Callable[..., str] | None = None,
    namespace: str | None = None,
    tags: Sequence[str] = (),
    lifetime: Lifetime | None = None,
    version: int | None = None,
    dump: Callable[[Any], Any] | None = None,
    load: Callable[[Any], Any] | None = None,
) -> Callable[[Callable[P, R]], CachedFunction[P, R]]:
    """Serve a function's calls from `cache`.

    `key` is a template over the function's parameters (`"user:{user_id}"`) or a function of its arguments; without it
    all arguments make the key. `tags` are templates too. The namespace is the function's own name unless given;
    raising `version` leaves the entries of older code behind. `dump` makes JSON of a result, `load` makes a result
    of JSON: with both, a function may return what JSON cannot say.
    """
    chosen = lifetime or cache.policy.lifetime
    if ttl is not None:
        chosen = replace(chosen, ttl_s=ttl.total_seconds() if isinstance(ttl, timedelta) else ttl)
    checked(chosen)

    def decorate(function: Callable[P, R]) -> CachedFunction[P, R]:
        name = namespace or re.sub(r"[^A-Za-z0-9_.-]", "_", f"{function.__module__}.{function.__qualname__}")[-72:]
        name = name if version is None else f"{name}.v{version}"
        call = _Call(cache, function, name, chosen, _Arguments(function), key, tags, dump, load)
        return cast("CachedFunction[P, R]", update_wrapper(call.wrapper(), function))

    return decorate


class _Call(Generic[P, R]):
    """A decorated function with all that can be prepared before it is called."""

    def __init__(
        self,
        cache: Cache,
        function: Callable[P, R],
        namespace: str,
        lifetime: Lifetime,
        arguments: "_Arguments",
        key: str | Callable[..., str] | None,
        tags: Sequence[str],
        dump: Callable[[Any], Any] | None,
        load: Callable[[Any], Any] | None,
    ) -> None:
        self._cache = cache
        self._function = function
        self._namespace = namespace
        self._lifetime = lifetime
        self._load = load
        self._arguments = arguments
        self._key_function = key if callable(key) else None
        self._key_of = Template.parse(key).on(arguments.names) if isinstance(key, str) else from_arguments
        self._tags_of = _tags_maker(arguments.names, tags)
        self._compute = function if dump is None else lambda *args, **kwargs: dump(function(*args, **kwargs))
        self._space = cache.space(namespace)

    def wrapper(self) -> Callable[P, R]:
        """Return the function that callers call; a plain function, so that it also works as a method."""
        serve, load, wanted = self._cache.serve, self._load, self._wanted

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            value = serve(wanted(args, kwargs))
            return value if load is None else load(value)

        def refresh(*args: P.args, **kwargs: P.kwargs) -> Any:
            value = self._cache.renew(wanted(args, kwargs))
            return value if load is None else load(value)

        def invalidate(*args: P.args, **kwargs: P.kwargs) -> bool:
            return self._cache.delete(key(*args, **kwargs), namespace=self._namespace)

        def key(*args: P.args, **kwargs: P.kwargs) -> str:
            return self._key(args, kwargs, self._arguments.values(args, kwargs))

        def invalidate_all() -> bool:
            return self._cache.invalidate(namespace=self._namespace)

        call.__dict__.update(
            refresh=refresh, invalidate=invalidate, key=key, invalidate_all=invalidate_all, namespace=self._namespace
        )
        return call

    def _wanted(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wanted:
        compute = self._compute
        values = self._arguments.values(args, kwargs)
        place = Place(self._space.names, shortened(self._key(args, kwargs, values)), self._tags_of(values))
        return Wanted(self._space, place, lambda: compute(*args, **kwargs), self._lifetime)

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
