"""How a warmer is refused."""

from celeriac.errors import CeleriacError


class WarmerRefused(CeleriacError):
    """Warmer {name!r} cannot be used: {why}."""


def checked_priority(name: str, priority: int) -> None:
    """Raise WarmerRefused for a priority that there is none of."""
    if not 0 <= priority <= 9:
        raise WarmerRefused(name=name, why=f"priority is 0 (first) to 9 (last), not {priority!r}")
