"""Which index makes which other one needless: the same key or a longer one, over the same rows."""

import re

from celeriac.indexes.ddl import create
from celeriac.indexes.index import IndexDefinition
from celeriac.statements.catalog.tables import ExistingIndex, Table


def covered_by_existing(definition: IndexDefinition, table: Table) -> ExistingIndex | None:
    """Return the existing index of which the definition would be a copy or a leading part."""
    return next((existing for existing in table.indexes if _covers(existing, definition)), None)


def replaced(definition: IndexDefinition, table: Table) -> tuple[str, ...]:
    """Name the existing indexes of which the definition is a copy made wider; never one that enforces something."""
    return tuple(existing.name for existing in table.indexes if _replaces(definition, existing))


def follows_unique(definition: IndexDefinition, table: Table) -> bool:
    """Tell whether the key begins with a whole unique key: there is at most one row left to narrow down to."""
    return not definition.include and any(
        existing.unique
        and existing.valid
        and existing.where is None
        and len(existing.key) < len(definition.key)
        and definition.columns[: len(existing.key)] == existing.key
        for existing in table.indexes
    )


def covers(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Tell whether `wide` serves whatever `narrow` serves, if with more bytes."""
    same = (wide.schema, wide.table, wide.method, wide.where) == (
        narrow.schema,
        narrow.table,
        narrow.method,
        narrow.where,
    )
    if not same or wide.method != "btree":
        return wide == narrow
    held = {*wide.columns, *wide.include}
    return wide.key[: len(narrow.key)] == narrow.key and held.issuperset(narrow.include)


def _covers(existing: ExistingIndex, definition: IndexDefinition) -> bool:
    if existing.method != definition.method or not existing.valid:
        return False
    if _bare(existing.ddl.partition(" USING ")[2]) == _bare(create(definition).partition(" USING ")[2]):
        return True
    if _bare(existing.where or "") != _bare(definition.where or ""):
        return False
    if definition.method != "btree":
        return existing.key == definition.columns
    if any(part.descending or part.nulls_first is not None or part.opclass for part in definition.key):
        return False
    if not _is_plain(existing):
        return False
    held = {*existing.key, *existing.include}
    return existing.key[: len(definition.key)] == definition.columns and held.issuperset(definition.include)


def _bare(text: str) -> str:
    """Strip what PostgreSQL adds when it writes an expression back: quotes, brackets, casts.

    >>> _bare("btree (status) WHERE (status = 'x'::text)") == _bare('btree ("status") WHERE "status" = \'x\'')
    True
    """
    return re.sub(r"::[a-z ]+(?:\[\])?|[\s\"()]", "", text)


def _is_plain(existing: ExistingIndex) -> bool:
    """Tell whether the key is in default order throughout; one column is read backwards as well."""
    special = " NULLS " in existing.ddl or "_ops" in existing.ddl
    return not special and (len(existing.key) == 1 or " DESC" not in existing.ddl)


def _replaces(definition: IndexDefinition, existing: ExistingIndex) -> bool:
    plain = (
        existing.method == definition.method == "btree" and existing.where == definition.where and _is_plain(existing)
    )
    if not plain or existing.unique or existing.primary or existing.backs_constraint or not existing.valid:
        return False
    if any(part.descending or part.nulls_first is not None or part.opclass for part in definition.key):
        return False
    held = {*definition.columns, *definition.include}
    return definition.columns[: len(existing.key)] == existing.key and held.issuperset(existing.include)
