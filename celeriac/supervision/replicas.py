"""How far behind each standby is, as its primary sees it."""

from sqlalchemy import Connection

from celeriac.sql import load
from celeriac.supervision.limits import Replica


def read(connection: Connection) -> tuple[Replica, ...]:
    """Return every standby that is connected; none on a standby."""
    return tuple(Replica(**row._asdict()) for row in connection.execute(load(__file__, "replicas")))
