"""`@cached`: a function whose calls are served from the cache, keyed by its arguments."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import update_wrapper
from typing import Any, overload

from celeriac.cache.async_cache import AsyncCache
from celeriac.cache.cache import Cache
from celeriac.cache.calls import Calls
from celeriac.cache.errors import FunctionUnsuited
from celeriac.cache.freshness import checked
from celeriac.cache.functions import AsyncCachedFunction, AsyncDecorator, CachedFunction, Decorator
from celeriac.cache.policy import Lifetime

__all__ = ["AsyncCachedFunction", "CachedFunction", "cached"]


@overload
def cached(
    cache: Cache,
    *,
    ttl: float | timedelta | None = None,
    key: str | Callable[..., str] | None = None,
    namespace: str | None = None,
    tags: Sequence[str] = (),
    lifetime: Lifetime | None = None,
    version: int | None = None,
    local: bool | None = None,
    dump: Callable[[Any], Any] | None = None,
    load: Callable[[Any], Any] | None = None,
) -> Decorator: ...


@overload
def cached(
    cache: AsyncCache,
    *,
    ttl: float | timedelta | None = None,
    key: str | Callable[..., str] | None = None,
    namespace: str | None = None,
    tags: Sequence[str] = (),
    lifetime: Lifetime | None = None,
    version: int | None = None,
    local: bool | None = None,
    dump: Callable[[Any], Any] | None = None,
    load: Callable[[Any], Any] | None = None,
) -> AsyncDecorator: ...


def cached(
    cache: Cache | AsyncCache,
    *,
    ttl: float | timedelta | None = None,
    key: str | Callable[..., str] | None = None,
    namespace: str | None = None,
    tags: Sequence[str] = (),
    lifetime: Lifetime | None = None,
    version: int | None = None,
    local: bool | None = None,
    dump: Callable[[Any], Any] | None = None,
    load: Callable[[Any], Any] | None = None,
) -> Any:
    """Serve a function's calls from `cache`: coroutine functions from an `AsyncCache`, all others from a `Cache`.

    `key` is a template over the function's parameters (`"user:{user_id}"`) or a function of its arguments; without it
    all arguments make the key. `tags` are templates too. The namespace is the function's own name unless given;
    raising `version` leaves the entries of older code behind. `local` keeps hot values in the process too; as the cache
    does unless given. `dump` makes JSON of a result, `load` makes a result of JSON: with both, a function may return
    what JSON cannot say.
    """
    chosen = lifetime or cache.policy.lifetime
    if ttl is not None:
        chosen = replace(chosen, ttl_s=ttl.total_seconds() if isinstance(ttl, timedelta) else ttl)
    checked(chosen)

    def decorate(function: Callable[..., Any]) -> Any:
        _suits(cache, function)
        own_name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{function.__module__}.{function.__qualname__}")[-72:]
        name = namespace or own_name
        name = name if version is None else f"{name}.v{version}"
        space = cache.space(name, own_name if namespace else "", local)
        calls = Calls(space, function, key, tags, chosen)
        if isinstance(cache, AsyncCache):
            return update_wrapper(_Awaited(cache, function, calls, dump, load).wrapper(), function)
        return update_wrapper(_Called(cache, function, calls, dump, load).wrapper(), function)

    return decorate


def _suits(cache: Cache | AsyncCache, function: Callable[..., Any]) -> None:
    awaited = inspect.iscoroutinefunction(function)
    if awaited == isinstance(cache, AsyncCache):
        return
    name = getattr(function, "__qualname__", repr(function))
    if awaited:
        raise FunctionUnsuited(function=name, kind="a coroutine function", cache="Cache", other="AsyncCache")
    raise FunctionUnsuited(function=name, kind="no coroutine function", cache="AsyncCache", other="Cache")


class _Called:
    """A function behind a `Cache`."""

    def __init__(
        self,
        cache: Cache,
        function: Callable[..., Any],
        calls: Calls,
        dump: Callable[[Any], Any] | None,
        load: Callable[[Any], Any] | None,
    ) -> None:
        self._cache = cache
        self._calls = calls
        self._load = load
        self._compute = function if dump is None else lambda *args, **kwargs: dump(function(*args, **kwargs))

    def wrapper(self) -> Callable[..., Any]:
        """Return the function that callers call; a plain function, so that it also works as a method."""
        cache, serve, load, compute, calls = self._cache, self._cache.serve, self._load, self._compute, self._calls
        namespace, wanted = calls.space.names.namespace, calls.wanted

        def call(*args: Any, **kwargs: Any) -> Any:
            value = serve(wanted(compute, args, kwargs))
            return value if load is None else load(value)

        def refresh(*args: Any, **kwargs: Any) -> Any:
            value = cache.renew(wanted(compute, args, kwargs))
            return value if load is None else load(value)

        def invalidate(*args: Any, **kwargs: Any) -> bool:
            return cache.delete(calls.key(args, kwargs), namespace=namespace)

        def invalidate_all() -> bool:
            return cache.invalidate(namespace=namespace)

        return _equipped(call, calls, refresh=refresh, invalidate=invalidate, invalidate_all=invalidate_all)


class _Awaited:
    """A coroutine function behind an `AsyncCache`."""

    def __init__(
        self,
        cache: AsyncCache,
        function: Callable[..., Any],
        calls: Calls,
        dump: Callable[[Any], Any] | None,
        load: Callable[[Any], Any] | None,
    ) -> None:
        async def dumped(*args: Any, **kwargs: Any) -> Any:
            result = await function(*args, **kwargs)
            return result if dump is None else dump(result)

        self._cache = cache
        self._calls = calls
        self._load = load
        self._compute = function if dump is None else dumped

    def wrapper(self) -> Callable[..., Any]:
        """Return the coroutine function that callers call."""
        cache, serve, load, compute, calls = self._cache, self._cache.serve, self._load, self._compute, self._calls
        namespace, wanted = calls.space.names.namespace, calls.wanted

        async def call(*args: Any, **kwargs: Any) -> Any:
            value = await serve(wanted(compute, args, kwargs))
            return value if load is None else load(value)

        async def refresh(*args: Any, **kwargs: Any) -> Any:
            value = await cache.renew(wanted(compute, args, kwargs))
            return value if load is None else load(value)

        async def invalidate(*args: Any, **kwargs: Any) -> bool:
            return await cache.delete(calls.key(args, kwargs), namespace=namespace)

        async def invalidate_all() -> bool:
            return await cache.invalidate(namespace=namespace)

        return _equipped(call, calls, refresh=refresh, invalidate=invalidate, invalidate_all=invalidate_all)


def _equipped(call: Callable[..., Any], calls: Calls, **methods: Callable[..., Any]) -> Callable[..., Any]:
    def key(*args: Any, **kwargs: Any) -> str:
        return calls.key(args, kwargs)

    call.__dict__.update(methods, key=key, namespace=calls.space.names.namespace)
    return call
