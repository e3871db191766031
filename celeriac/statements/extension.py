"""Find pg_stat_statements in the target, whatever its schema and version, or say what the operator must do.

https://www.postgresql.org/docs/current/pgstatstatements.html
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, text

from celeriac.errors import CeleriacError
from celeriac.sql import load, source

_NAMES = re.compile(r"\bpg_stat_statements(?:_info)?\b")
_LAYOUTS = (((1, 11), 170_000), ((1, 10), 150_000), ((1, 9), 140_000), ((1, 8), 130_000))
"""The extension's version, and the major version of the server whose layout that is."""


class ExtensionMissing(CeleriacError):
    """pg_stat_statements is not installed in database {database!r}: run `CREATE EXTENSION pg_stat_statements` there."""


class ExtensionNotLoaded(CeleriacError):
    """pg_stat_statements is not loaded by the server: add it to shared_preload_libraries and restart PostgreSQL."""


class ExtensionOutdated(CeleriacError):
    """pg_stat_statements {version} in database {database!r} is too old: run `ALTER EXTENSION pg_stat_statements UPDATE` there (1.8 or later is needed)."""  # noqa: E501 - the docstring is the sentence


class StatisticsHidden(CeleriacError):
    """Role {role!r} may not see the statements of other roles: as a superuser, `GRANT pg_read_all_stats TO {role}`."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Where pg_stat_statements is and which columns it has."""

    database: str
    role: str
    version: str
    schema: str
    """Quoted where need be."""
    layout: int
    """The `server_version_num` of the first server that shipped these columns."""

    def query(self, name: str) -> TextClause:
        """Return the query of this folder that fits the layout, with the extension's names qualified."""
        schema = self.schema.replace("\\", r"\\").replace(":", r"\:")
        return text(_NAMES.sub(lambda found: f"{schema}.{found[0]}", source(__file__, name, self.layout)))


def find(connection: Connection) -> Extension:
    """Return the extension, ready to be read from.

    Raises ExtensionMissing, ExtensionNotLoaded, ExtensionOutdated, StatisticsHidden.
    """
    row = connection.execute(load(__file__, "extension")).one()
    if not row.loaded:
        raise ExtensionNotLoaded
    if row.version is None:
        raise ExtensionMissing(database=row.database)
    layout = layout_of(row.version)
    if layout is None:
        raise ExtensionOutdated(version=row.version, database=row.database)
    if not row.permitted:
        raise StatisticsHidden(role=row.role)
    return Extension(row.database, row.role, row.version, row.schema, layout)


def layout_of(version: str) -> int | None:
    """Return the layout of a version of the extension, None for one too old to be read.

    >>> layout_of("1.9"), layout_of("1.10"), layout_of("1.12"), layout_of("1.7")
    (140000, 150000, 170000, None)
    """
    number = tuple(int(part) for part in version.split(".")[:2])
    return next((layout for since, layout in _LAYOUTS if number >= since), None)
