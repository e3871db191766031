"""Who waits for whom, told from the session that blocks all the others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A session that waits, and one that it waits for."""

    pid: int
    blocker: int
    seconds: float


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report each session that blocks others and waits for nobody, with the tree of those behind it."""
    behind: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        behind[row.blocker].append(row)
    waiting = {row.pid for row in rows}
    for root in sorted(behind.keys() - waiting):
        blocked = _behind(root, behind, frozenset())
        longest_s = max(seconds for seconds in blocked.values())
        if longest_s >= policy.blocked_s:
            yield Finding(
                "blocked_sessions",
                "warning",
                f"pid {root}",
                f"Session {root} blocks {len(blocked)} others, one for {longest_s:.0f} s: {_tree(root, behind)}.",
                {"blocked": len(blocked), "longest_s": longest_s},
                f"SELECT pg_terminate_backend({root});",
            )


def _behind(pid: int, behind: Mapping[int, Sequence[Row]], above: frozenset[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for row in behind.get(pid, ()):
        if row.pid not in above:
            found |= {row.pid: row.seconds} | _behind(row.pid, behind, above | {pid})
    return found


def _tree(pid: int, behind: Mapping[int, Sequence[Row]], above: frozenset[int] = frozenset()) -> str:
    children = [_tree(row.pid, behind, above | {pid}) for row in behind.get(pid, ()) if row.pid not in above]
    return f"{pid} ← ({', '.join(children)})" if children else str(pid)
