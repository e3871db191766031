"""A namespace as this process knows it: the names of its keys, its counters, and whether it uses the local tier."""

from collections.abc import Iterator
from typing import NamedTuple

from celeriac.cache.keys import Names, checked_name
from celeriac.cache.tally import Tally
from celeriac.cache.tier import Tier


class Space(NamedTuple):
    """One namespace, as one function uses it."""

    names: Names
    tally: Tally
    tier: Tier | None = None


class Spaces:
    """The namespaces that this process has used."""

    def __init__(self, prefix: str, default: str, tier: Tier, *, local: bool, scattered: bool) -> None:
        self.prefix = checked_name(prefix, "prefix")
        self.default = checked_name(default, "namespace")
        self._tier = tier
        self._local = local
        self._scattered = scattered
        self._spaces: dict[str, Space] = {}
        self._functions: dict[tuple[str, str, bool], Space] = {}

    def __iter__(self) -> Iterator[Space]:
        return iter([*self._spaces.values(), *self._functions.values()])

    @property
    def followed(self) -> list[str]:
        """The prefixes of the keys whose changes concern the local tier."""
        values = {space.names.value for space in self if space.tier is not None}
        if not values:
            return []
        return [f"{self.prefix}:g:", f"{self.prefix}:t:", *sorted(values)]

    def get(self, namespace: str | None) -> Space:
        """Return the namespace, or the default one for None."""
        name = self.default if namespace is None else namespace
        space = self._spaces.get(name)
        if space is None:
            space = self._spaces.setdefault(name, self._made(name, Tally(name), self._local))
        return space

    def of_function(self, namespace: str, function: str, local: bool | None) -> Space:
        """Return a namespace as a function uses it: with counters of its own, and its own choice of the local tier."""
        chosen = self._local if local is None else local
        known = (namespace, function, chosen)
        space = self._functions.get(known)
        if space is None:
            space = self._functions.setdefault(known, self._made(namespace, Tally(namespace, function), chosen))
        return space

    def clear_counts(self) -> None:
        """Forget what was counted."""
        for space in self:
            space.tally.clear()

    def _made(self, namespace: str, tally: Tally, local: bool) -> Space:
        self._tier.used |= local
        return Space(Names(self.prefix, namespace, scattered=self._scattered), tally, self._tier if local else None)
