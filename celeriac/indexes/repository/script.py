"""A plain SQL script for psql, outside any transaction."""

from collections.abc import Sequence

from celeriac.indexes import ddl
from celeriac.indexes.index import Recommendation
from celeriac.indexes.repository.naming import comment, index_name

_HEAD = """\
-- Indexes recommended by Celeriac. CONCURRENTLY cannot run inside a transaction: use psql without --single-transaction.
-- What fails or is cancelled leaves an invalid index: drop it as at the end, then run it again.
"""


def write_sql(recommendations: Sequence[Recommendation]) -> str:
    """Write the script; how to undo it stands at its end, as comments."""
    if not recommendations:
        return "-- No index is worth building for this workload.\n"
    return "\n".join([_HEAD, *(_create(one) for one in recommendations), _undo(recommendations)])


def _create(one: Recommendation) -> str:
    comments = "".join(f"-- {line}\n" for line in comment(one))
    return f"{comments}{ddl.create(one.definition, index_name(one.definition))};\n"


def _undo(recommendations: Sequence[Recommendation]) -> str:
    drops = [ddl.drop(one.definition.schema, index_name(one.definition)) for one in reversed(recommendations)]
    return "-- To undo:\n" + "".join(f"-- {drop};\n" for drop in drops)
