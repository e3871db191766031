"""An Alembic migration. https://alembic.sqlalchemy.org/en/latest/api/runtime.html (autocommit_block)"""

from collections.abc import Sequence

from celeriac.indexes import ddl
from celeriac.indexes.index import KeyPart, Recommendation
from celeriac.indexes.repository.naming import comment, index_name, revision
from celeriac.indexes.repository.partitioned import Trees, steps

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


def write_alembic(
    recommendations: Sequence[Recommendation], after: str | None = None, trees: Trees | None = None
) -> str:
    """Write a migration file; `after` is the revision that it follows, `trees` holds the partitioned tables."""
    written = [_written(one, trees or {}) for one in recommendations]
    return _FILE.format(
        revision=revision(recommendations),
        after=after,
        note="" if after else "  # set this to your newest revision",
        upgrade=_indented([line for upgrade, _ in written for line in upgrade]),
        downgrade=_indented([line for _, downgrade in reversed(written) for line in downgrade]),
    )


def _written(one: Recommendation, trees: Trees) -> tuple[list[str], list[str]]:
    """Return the lines that make an index, and those that drop it."""
    nodes = trees.get((one.definition.schema, one.definition.table))
    if nodes is None:
        return _create(one), [_drop(one)]
    found = steps(one.definition, nodes)  # Alembic's own operations know no ONLY and no ATTACH
    why = [f"# {line}" for line in (*comment(one), *([] if found.note is None else [found.note]))]
    return [*why, *map(_execute, found.make)], [*map(_execute, found.undo)]


def _execute(statement: str) -> str:
    return f"op.execute(sa.text({_escaped(statement)!r}))"


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
    does = any(not line.startswith("#") for line in lines)
    return "\n".join(f"        {line}" for line in (lines if does else [*lines, "pass"]))
