"""Tables whose updates write every index anew for lack of room on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A table's updates, how many stayed on their page, and how many had to go to another."""

    name: str
    updates: int
    hot: int
    moved: int | None
    """Counted since PostgreSQL 16."""
    fill: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report tables that a lower fill factor would help."""
    for row in rows:
        ratio = row.hot / row.updates
        if ratio >= policy.hot_ratio:
            continue
        # What is not HOT and did not move changed an indexed column: no fill factor helps that.
        if row.moved is not None and row.moved < (row.updates - row.hot) / 2:
            continue
        why = "their pages are full" if row.moved is not None else "their pages are full, or an indexed column changes"
        yield Finding(
            "hot_updates",
            "warning",
            row.name,
            f"Only {ratio:.0%} of {row.updates} updates of {row.name} spared its indexes: {why} (fill factor"
            f" {row.fill}).",
            {"hot_ratio": ratio, "updates": row.updates},
            f"ALTER TABLE {row.name} SET (fillfactor = {max(70, row.fill - 10)}); -- for new pages; VACUUM FULL for"
            " all",
        )
