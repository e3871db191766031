"""Recommendations as files for those who change schemas through their repository only; each holds its own undo."""

from celeriac.indexes.repository.alembic import write_alembic
from celeriac.indexes.repository.django import write_django
from celeriac.indexes.repository.partitioned import Trees, read_trees
from celeriac.indexes.repository.script import write_sql

__all__ = ["Trees", "read_trees", "write_alembic", "write_django", "write_sql"]
