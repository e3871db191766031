"""An Alembic migration. https://alembic.sqlalchemy.org/en/latest/api/runtime.html (autocommit_block)"""

from collections.abc import Sequence

from celeriac.indexes import ddl
from celeriac.indexes.index import KeyPart, Recommendation
from celeriac.indexes.repository.naming import comment, index_name, revision

_FILE = '''\
"""Add the indexes that Celeriac recommends.

What fails or is cancelled leaves an invalid index: downgrade drops it, then upgrade again.
"""

import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {after!r}{note}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build each without blocking writers, outside any transaction."""
    with op.get_context().autocommit_block():
{upgrade}


def downgrade() -> None:
    """Drop them."""
    with op.get_context().autocommit_block():
{downgrade}
'''


def write_alembic(recommendations: Sequence[Recommendation], after: str | None = None) -> str:
    """Write a migration file; `after` is the revision that it follows."""
    return _FILE.format(
        revision=revision(recommendations),
        after=after,
        note="" if after else "  # set this to your newest revision",
        upgrade=_indented([line for one in recommendations for line in _create(one)]),
        downgrade=_indented([_drop(one) for one in reversed(recommendations)]),
    )


def _create(one: Recommendation) -> list[str]:
    definition = one.definition
    words = [
        repr(index_name(definition)),
        repr(definition.table),
        f"[{', '.join(_part(part) for part in definition.key)}]",
        f"schema={definition.schema!r}",
        "postgresql_concurrently=True",
    ]
    if definition.method != "btree":
        words.append(f"postgresql_using={definition.method!r}")
    if definition.include:
        words.append(f"postgresql_include={list(definition.include)!r}")
    if definition.where is not None:
        words.append(f"postgresql_where=sa.text({_escaped(definition.where)!r})")
    lines = [f"    {word}," for word in words]
    return [*(f"# {line}" for line in comment(one)), "op.create_index(", *lines, ")"]


def _drop(one: Recommendation) -> str:
    name, definition = index_name(one.definition), one.definition
    # IF EXISTS: of an upgrade that failed half way, some may be missing.
    return (
        f"op.drop_index({name!r}, table_name={definition.table!r}, schema={definition.schema!r},"
        " postgresql_concurrently=True, if_exists=True)"
    )


def _part(part: KeyPart) -> str:
    written = ddl.key_part(part)
    return repr(part.name) if written == ddl.quote(part.name) else f"sa.text({_escaped(written)!r})"


def _escaped(sql: str) -> str:
    """Keep what SQLAlchemy would take for a bound parameter: `:name` behind anything but a colon."""
    return sql.replace(":", "\\:") if ":" in sql.replace("::", "") else sql


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"        {line}" for line in lines) or "        pass"
