"""Search results: costly, asked for by many in the same words, and right until the index changes."""

import inspect
from collections.abc import Callable
from typing import Any

from celeriac.cache.async_cache import AsyncCache
from celeriac.cache.cache import Cache
from celeriac.cache.decorator import cached
from celeriac.cache.keys import Template
from celeriac.cache.policy import Lifetime
from celeriac.cache.strategies.keys import filled, normalised, template_of

LIFETIME = Lifetime(ttl_s=600, jitter=0.2, stale_s=60)
"""Ten minutes, spread: what was searched for together does not end together."""


class SearchResults:
    """Caches searches by what they mean: those that differ in case and spaces alone are one entry."""

    def __init__(self, cache: Cache | AsyncCache, *, namespace: str = "search", lifetime: Lifetime = LIFETIME) -> None:
        self._cache: Any = cache
        self._namespace = namespace
        self._lifetime = lifetime

    def cached(self, *, index: str, text: str | None = "query", version: int | None = None) -> Any:
        """Decorate a function that searches one index.

        `index` names what it searches, as it is told to `changed`; in braces it names the parameter that says so.
        `text` names the parameter that holds the words; None where there is none.
        """

        def decorate(function: Callable[..., Any]) -> Any:
            return cached(
                self._cache,
                key=_key(function, text),
                namespace=self._namespace,
                tags=(f"search:{index}",),
                lifetime=self._lifetime,
                version=version,
            )(function)

        return decorate

    def changed(self, *indexes: object) -> Any:
        """Drop every result of these indexes; returns what `cache.invalidate` does."""
        return self._cache.invalidate(tags=tuple(filled("search:{index}", index) for index in indexes))


def _key(function: Callable[..., Any], text: str | None) -> Callable[..., str]:
    signature, template = inspect.signature(function), Template.parse(template_of(function))
    if text is not None:  # said now, and not at the first search
        Template.parse(f"{{{text}}}").known(tuple(signature.parameters))

    def key(*args: Any, **kwargs: Any) -> str:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = dict(bound.arguments)
        if text is not None:
            values[text] = normalised(str(values[text]))
        return template.fill(values)

    return key
