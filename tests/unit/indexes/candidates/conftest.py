"""A catalog made by hand, and what each generator proposes for a statement on it, as `jobs (status, created_at)`."""

from collections.abc import Callable

import pytest

from celeriac.indexes import ddl
from celeriac.indexes.candidates import generate
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.statements.catalog.tables import Catalog, Column, ExistingIndex, Table
from celeriac.statements.parsed import ParsedStatement
from celeriac.statements.parsing import parse

JOBS = Table(
    oid=1,
    schema="public",
    name="jobs",
    kind="r",
    rows=1_000_000,
    pages=20_000,
    all_visible_pages=20_000,
    columns=(
        Column("id", "bigint", not_null=True, average_width=8, distinct=-1.0, correlation=1.0),
        Column("user_id", "bigint", average_width=8, distinct=50_000, correlation=0.1),
        Column(
            "status",
            "text",
            average_width=6,
            distinct=3,
            common_values=("done", "failed", "pending"),
            common_shares=(0.9, 0.08, 0.02),
            collation_is_c=False,
        ),
        Column("created_at", "timestamp with time zone", average_width=8, distinct=-0.9, correlation=0.99),
        Column("deleted_at", "timestamp with time zone", average_width=8, distinct=100, null_fraction=0.98),
        Column("urgent", "boolean", average_width=1, distinct=2, common_values=("f", "t"), common_shares=(0.99, 0.01)),
        Column("title", "character varying(200)", average_width=40, distinct=-1.0, collation_is_c=False),
        Column("essay", "text", average_width=4_000, distinct=-1.0),
        Column("payload", "jsonb", average_width=200, distinct=-1.0),
        Column("tags", "text[]", average_width=30, distinct=-0.2),
        Column("during", "tstzrange", average_width=22, distinct=-1.0),
        Column("words", "tsvector", average_width=100, distinct=-1.0),
        Column("place", "point", average_width=16, distinct=-1.0),
    ),
    indexes=(
        ExistingIndex(10, "jobs_pkey", "btree", ("id",), (), None, "", True, True, True, True, 1, 0),
        ExistingIndex(11, "jobs_by_user", "btree", ("user_id",), (), None, "", False, False, False, True, 1, 0),
    ),
    foreign_keys=((("user_id",), "public.users"),),
)
USERS = Table(
    oid=2,
    schema="public",
    name="users",
    kind="r",
    rows=50_000,
    pages=900,
    all_visible_pages=0,
    columns=(
        Column("id", "bigint", not_null=True, average_width=8, distinct=-1.0),
        Column("email", "text", average_width=25, distinct=-1.0),
        Column("country", "text", average_width=3, distinct=150),
    ),
)
TINY = Table(3, "public", "tiny", "r", 40, 1, columns=(Column("id", "bigint"), Column("name", "text")))
CATALOG = Catalog({("public", table.name): table for table in (JOBS, USERS, TINY)}, server_version=150_000)
EXTENSIONS = frozenset({"pg_trgm"})

Propose = Callable[..., set[str]]


def parsed(statement: str) -> ParsedStatement:
    found = parse(statement, CATALOG)
    assert isinstance(found, ParsedStatement), found
    return found


def short(definition: IndexDefinition) -> str:
    written = ddl.create(definition, concurrently=False).replace('"', "")
    return written.removeprefix("CREATE INDEX ON public.").replace(" USING btree", "")


@pytest.fixture
def propose() -> Propose:
    """Return what the named generators propose for a statement."""

    def propose(statement: str, *generators: str, **policy: int) -> set[str]:
        generated = generate(parsed(statement), CATALOG, AdvisorPolicy(**policy), EXTENSIONS)
        return {short(c.definition) for c in generated.candidates if c.generator in generators}

    return propose
