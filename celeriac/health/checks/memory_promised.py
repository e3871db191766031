"""Memory that sessions may take together and the machine does not have."""

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
    """What is taken for good, what one sort or hash may take, and how many sessions there may be."""

    buffers_bytes: int
    sort_bytes: int
    connections: int
    maintenance_bytes: int
    """Of all autovacuum workers."""
    memory_bytes: int | None = None


UNKNOWN = Finding(
    "memory_promised",
    "skipped",
    "",
    "Not looked at: the memory of the database's machine is not known.",
    cure="-- Set CELERIAC_HEALTH__SERVER_MEMORY_BYTES, or grant pg_read_server_files to the role.",
)


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the settings, and put the machine's memory beside them."""
    memory = server_memory(connection, policy)
    for row in rows_of(__file__, "memory_promised", Row, connection, policy):
        yield replace(row, memory_bytes=memory)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report settings under which a busy hour can end in the out-of-memory killer."""
    for row in rows:
        if row.memory_bytes is None:
            yield UNKNOWN
            continue
        promised = row.buffers_bytes + row.maintenance_bytes + row.connections * row.sort_bytes
        if promised <= row.memory_bytes:
            continue
        spare = max(row.memory_bytes - row.buffers_bytes - row.maintenance_bytes, 0)
        yield Finding(
            "memory_promised",
            "warning",
            "server",
            f"{row.connections} sessions with one sort or hash of {row.sort_bytes / MIB:.0f} MiB each would take"
            f" {promised / MIB:.0f} MiB with the buffers; the machine has {row.memory_bytes / MIB:.0f}.",
            {"promised_bytes": promised, "memory_bytes": row.memory_bytes},
            f"-- Lower work_mem (with hash_mem_multiplier {row.sort_bytes // MIB} MiB) towards"
            f" {max(spare // row.connections // MIB, 1)} MiB, or max_connections behind a pooler.",
        )
