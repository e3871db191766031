"""A plain SQL script for psql, outside any transaction."""

from collections.abc import Sequence

from celeriac.indexes.index import Recommendation
from celeriac.indexes.repository.naming import comment
from celeriac.indexes.repository.partitioned import Steps, Trees, of

_HEAD = """\
-- Indexes recommended by Celeriac. CONCURRENTLY cannot run inside a transaction: use psql without --single-transaction.
-- Of a partitioned table the parent's index is declared, each partition's is built and attached, as they are now.
-- What fails or is cancelled leaves an invalid index: drop it as at the end, then run it again.
"""


def write_sql(recommendations: Sequence[Recommendation], trees: Trees | None = None) -> str:
    """Write the script; how to undo it stands at its end, as comments."""
    if not recommendations:
        return "-- No index is worth building for this workload.\n"
    written = [(one, of(one, trees or {})) for one in recommendations]
    return "\n".join([_HEAD, *(_create(one, steps) for one, steps in written), _undo([steps for _, steps in written])])


def _create(one: Recommendation, written: Steps) -> str:
    lines = (*comment(one), *([] if written.note is None else [written.note]))
    return "".join(f"-- {line}\n" for line in lines) + "".join(f"{statement};\n" for statement in written.make)


def _undo(written: Sequence[Steps]) -> str:
    drops = [drop for one in reversed(written) for drop in one.undo]
    return "-- To undo:\n" + "".join(f"-- {drop};\n" for drop in drops)
