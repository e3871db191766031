"""What the planner believes to find in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.memory import server_memory
from celeriac.health.policy import MIB, HealthPolicy
from celeriac.health.reading import rows_of


@dataclass(frozen=True, slots=True)
class Row:
    """What the planner takes to be cached, PostgreSQL's own buffers, and how large the database is."""

    cache_bytes: int
    buffers_bytes: int
    data_bytes: int
    memory_bytes: int | None = None


UNKNOWN = Finding(
    "effective_cache_size",
    "skipped",
    "",
    "Not looked at: the memory of the database's machine is not known.",
    cure="-- Set CELERIAC_HEALTH__SERVER_MEMORY_BYTES, or grant pg_read_server_files to the role.",
)


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the settings, and put the machine's memory beside them."""
    memory = server_memory(connection, policy)
    for row in rows_of(__file__, "effective_cache_size", Row, connection, policy):
        yield replace(row, memory_bytes=memory)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report what is far from the memory there is, where the data are large enough for it to matter."""
    for row in rows:
        if row.cache_bytes < row.buffers_bytes:
            yield _off(row, "less than shared_buffers alone", 3 * row.buffers_bytes)
        elif row.data_bytes < row.cache_bytes / 4:
            continue
        elif row.memory_bytes is None:
            yield UNKNOWN
        elif row.cache_bytes > row.memory_bytes:
            yield _off(row, f"more than the machine's {row.memory_bytes / MIB:.0f} MiB", row.memory_bytes * 3 // 4)
        elif row.cache_bytes < 0.4 * row.memory_bytes:
            yield _off(row, f"little of the machine's {row.memory_bytes / MIB:.0f} MiB", row.memory_bytes * 3 // 4)


def _off(row: Row, why: str, better_bytes: int) -> Finding:
    return Finding(
        "effective_cache_size",
        "warning",
        "server",
        f"effective_cache_size is {row.cache_bytes / MIB:.0f} MiB, {why}: the planner misjudges how much of"
        f" {row.data_bytes / MIB:.0f} MiB of data an index scan finds in memory.",
        {"cache_bytes": row.cache_bytes, "data_bytes": row.data_bytes},
        f"ALTER SYSTEM SET effective_cache_size = '{better_bytes // MIB}MB'; SELECT pg_reload_conf();",
    )
