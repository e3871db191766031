"""The shapes of functions behind a cache, for callers and their type checkers."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

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


class AsyncCachedFunction(Protocol[P, R_co]):
    """A coroutine function behind an `AsyncCache`; its methods are those of `CachedFunction`, to be awaited."""

    namespace: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R_co]:
        """Return the cached value of this call, else the computed one."""

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, bool]:
        """Drop the entry of this call; return whether Redis confirmed it."""

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R_co]:
        """Compute this call and store it now, whatever is cached."""

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the key of this call within the namespace."""

    def invalidate_all(self) -> Coroutine[Any, Any, bool]:
        """Drop every entry of the function; return whether Redis confirmed it."""


class Decorator(Protocol):
    """What `cached` makes of a function."""

    def __call__(self, function: Callable[P, R], /) -> CachedFunction[P, R]:
        """Put a function behind the cache."""


class AsyncDecorator(Protocol):
    """What `cached` makes of a coroutine function."""

    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncCachedFunction[P, R]:
        """Put a coroutine function behind the cache."""
