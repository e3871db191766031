"""PostgreSQL's own buffers beside the data and the machine."""

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
    """The buffers, the size of the database, and how much of what it read was found in them."""

    buffers_bytes: int
    data_bytes: int
    hit: int
    read: int
    memory_bytes: int | None = None


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the settings, and put the machine's memory beside them."""
    memory = server_memory(connection, policy)
    for row in rows_of(__file__, "shared_buffers", Row, connection, policy):
        yield replace(row, memory_bytes=memory)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report buffers that are too small for what is read, or that leave the machine too little."""
    for row in rows:
        memory = row.memory_bytes
        if memory is not None and row.buffers_bytes > memory / 2:
            yield _finding(row, f"more than half of the machine's {memory / MIB:.0f} MiB", memory // 4)
            continue
        blocks = row.hit + row.read
        if blocks < policy.hit_ratio_min_blocks or row.hit / blocks >= policy.hit_ratio:
            continue
        room = 4 * row.buffers_bytes if memory is None else memory // 4
        if row.data_bytes > 2 * row.buffers_bytes and room >= 1.5 * row.buffers_bytes:
            missed = f"and {row.read / blocks:.1%} of all blocks were not found in them"
            yield _finding(row, f"for {row.data_bytes / MIB:.0f} MiB of data, {missed}", room)


def _finding(row: Row, why: str, better_bytes: int) -> Finding:
    return Finding(
        "shared_buffers",
        "warning",
        "server",
        f"shared_buffers is {row.buffers_bytes / MIB:.0f} MiB, {why}.",
        {"buffers_bytes": row.buffers_bytes, "data_bytes": row.data_bytes, "hit": row.hit, "read": row.read},
        f"ALTER SYSTEM SET shared_buffers = '{better_bytes // MIB}MB'; -- needs a restart"
        + ("" if row.memory_bytes is not None else "; no more than a quarter of the machine's memory"),
    )
