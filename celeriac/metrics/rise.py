"""By how much counters rose within a time, resets taken into account: what alerts and ratios ask of a counter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from celeriac import sql


@dataclass(frozen=True, slots=True)
class Rise:
    """The rise of one series; there is none of a series that was sampled once."""

    name: str
    labels: Mapping[str, str]
    value: float


def rises(ledger: Connection, target: str, names: Iterable[str], within: timedelta) -> tuple[Rise, ...]:
    """Return the rise of every series of these names within a time up to now, from the samples as taken."""
    asked = {"target": target, "names": sorted(set(names)), "within": within}
    if not asked["names"]:
        return ()
    return tuple(Rise(row.name, row.labels, row.rise) for row in ledger.execute(sql.load(__file__, "rises"), asked))
