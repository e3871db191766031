"""The server whose buffers these are: since when it runs, and how many buffers it has."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from celeriac import sql


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    started_at: datetime
    uptime_s: float
    buffer_blocks: int
    block_bytes: int


def read(connection: Connection) -> Server:
    """Read the server's start time and the size of its shared buffers."""
    row = connection.execute(sql.load(__file__, "server")).one()
    return Server(row.started_at, row.uptime_s, row.buffer_blocks, row.block_bytes)
