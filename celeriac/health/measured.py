"""A check's query over pg_stat_statements, whatever the extension's schema and version."""

import re
from typing import Final

from sqlalchemy import Connection, TextClause, text

from celeriac import sql
from celeriac.statements import extension

_NAMES: Final = re.compile(r"(?<![.\w'])pg_stat_statements(?:_info)?\b(?!\.)")


def statements_query(connection: Connection, beside: str, name: str) -> TextClause:
    """Return the query with the extension's names qualified.

    Raises ExtensionMissing, ExtensionNotLoaded, ExtensionOutdated, StatisticsHidden.
    """
    found = extension.find(connection)
    schema = found.schema.replace("\\", r"\\").replace(":", r"\:")
    return text(_NAMES.sub(lambda match: f"{schema}.{match[0]}", sql.source(beside, name, found.layout)))
