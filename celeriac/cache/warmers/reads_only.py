"""Whether a warmer's query reads and does nothing else."""

import postgast
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.base import PGDialect

from celeriac.cache.warmers.refusal import WarmerRefused


def check_reads_only(name: str, query: str) -> None:
    """Raise WarmerRefused for all but one plain SELECT; the read-only transaction it runs in is the second guard."""
    # PostgreSQL's grammar knows parameters as $1; SQLAlchemy rewrites :name exactly as it will when it runs.
    plain = str(text(query).compile(dialect=PGDialect(paramstyle="numeric_dollar")))  # type: ignore[no-untyped-call]
    try:
        statements = postgast.parse(plain).stmts
    except postgast.PgQueryError as malformed:
        raise WarmerRefused(name=name, why=f"its query is not SQL ({malformed})") from None
    if len(statements) != 1:
        raise WarmerRefused(name=name, why=f"its query is {len(statements)} statements and must be one")
    select = statements[0].stmt
    if select.WhichOneof("node") != "select_stmt":
        raise WarmerRefused(name=name, why="its query must be a SELECT")
    if select.select_stmt.locking_clause:
        raise WarmerRefused(name=name, why="its query locks rows (FOR UPDATE or FOR SHARE)")
    if select.select_stmt.HasField("into_clause"):
        raise WarmerRefused(name=name, why="its query writes a table (INTO)")
    for cte in select.select_stmt.with_clause.ctes:
        if cte.common_table_expr.ctequery.WhichOneof("node") != "select_stmt":
            raise WarmerRefused(name=name, why=f"its WITH {cte.common_table_expr.ctename} changes data")


def binds(query: str) -> frozenset[str]:
    """Return the names of a query's parameters.

    >>> sorted(binds("SELECT * FROM jobs WHERE id = :id AND owner = :owner"))
    ['id', 'owner']
    """
    return frozenset(text(query).compile().params)
