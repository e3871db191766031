"""A namespace as this process knows it: the names of its keys, and its counters."""

from collections.abc import Iterator
from typing import NamedTuple

from celeriac.cache.keys import Names, checked_name
from celeriac.cache.statistics import Tally


class Space(NamedTuple):
    """One namespace."""

    names: Names
    tally: Tally


class Spaces:
    """The namespaces that this process has used."""

    def __init__(self, prefix: str, default: str) -> None:
        self.prefix = checked_name(prefix, "prefix")
        self.default = checked_name(default, "namespace")
        self._spaces: dict[str, Space] = {}

    def __iter__(self) -> Iterator[Space]:
        return iter([*self._spaces.values()])

    def get(self, namespace: str | None) -> Space:
        """Return the namespace, or the default one for None."""
        name = self.default if namespace is None else namespace
        space = self._spaces.get(name)
        if space is None:
            space = self._spaces.setdefault(name, Space(Names(self.prefix, name), Tally(name)))
        return space

    def clear_counts(self) -> None:
        """Forget what was counted."""
        for space in self:
            space.tally.clear()
