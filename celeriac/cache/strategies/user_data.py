"""User data: read at each request, changed by its owner now and then."""

from collections.abc import Callable
from typing import Any

from celeriac.cache.async_cache import AsyncCache
from celeriac.cache.cache import Cache
from celeriac.cache.decorator import cached
from celeriac.cache.policy import Lifetime
from celeriac.cache.strategies.keys import filled, template_of

LIFETIME = Lifetime(ttl_s=900, stale_if_error_s=3_600)
"""A quarter of an hour; and with the database away, what was known an hour ago is better than no page at all."""


class UserData:
    """Caches what belongs to one user; a change of the user drops all of it, in whichever function it is kept."""

    def __init__(self, cache: Cache | AsyncCache, *, namespace: str = "users", lifetime: Lifetime = LIFETIME) -> None:
        self._cache: Any = cache
        self._namespace = namespace
        self._lifetime = lifetime

    def cached(self, *, user: str = "user_id", key: str | None = None, version: int | None = None) -> Any:
        """Decorate a function; `user` names its parameter that says whose data it is.

        The key is the function's name and its arguments (`profile:{user_id}`) unless given.
        """

        def decorate(function: Callable[..., Any]) -> Any:
            return cached(
                self._cache,
                key=key or template_of(function),
                namespace=self._namespace,
                tags=(f"user:{{{user}}}",),
                lifetime=self._lifetime,
                version=version,
            )(function)

        return decorate

    def changed(self, *users: object) -> Any:
        """Drop everything kept of these users; returns what `cache.invalidate` does."""
        return self._cache.invalidate(tags=tuple(filled("user:{user}", user) for user in users))
