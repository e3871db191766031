"""How much memory the database's machine has: as set, or as it says itself where the role may read its files."""

import re
from typing import Final

from sqlalchemy import Connection, text

from celeriac import sql
from celeriac.health.policy import HealthPolicy

_MAY_READ = text(
    sql.sign(
        "memory",
        "SELECT pg_has_role(current_user, 'pg_read_server_files', 'USAGE')"
        " AND has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'EXECUTE')",
    )
)
_TOTAL: Final = re.compile(r"^MemTotal:\s+(\d+) kB$", re.MULTILINE)


def server_memory(connection: Connection, policy: HealthPolicy) -> int | None:
    """Return the memory in bytes, None where it is not known."""
    if policy.server_memory_bytes is not None:
        return policy.server_memory_bytes
    if not connection.scalar(_MAY_READ):
        return None
    row = connection.execute(sql.load(__file__, "memory")).one()
    return smallest(row.machine, row.container)


def smallest(machine: str | None, container: str | None) -> int | None:
    """Return the machine's memory, or a container's limit where that is less.

    >>> smallest("MemTotal:       16384000 kB", "max"), smallest("MemTotal:       16384000 kB", "1073741824")
    (16777216000, 1073741824)
    >>> smallest(None, "1073741824") is None
    True
    """
    total = _TOTAL.search(machine or "")
    if total is None:
        return None
    limit = (container or "").strip()
    return min(int(total.group(1)) * 1024, *([int(limit)] if limit.isdigit() else [10**18]))
