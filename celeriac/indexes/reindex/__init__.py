"""Bloated b-trees are rebuilt without blocking: found by estimate or measurement, proposed, rebuilt, compared.

https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
"""

from celeriac.indexes.reindex.bloat import Bloat, find, sizes_when_built
from celeriac.indexes.reindex.propose import propose
from celeriac.indexes.reindex.rebuild import rebuild, reconcile

__all__ = ["Bloat", "find", "propose", "rebuild", "reconcile", "sizes_when_built"]
