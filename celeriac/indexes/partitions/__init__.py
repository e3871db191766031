"""An index of a partitioned table: one partition after the other, without blocking, until the parent's is valid.

A partitioned table takes no index concurrently; the way around it is in the manual.
https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
"""

from celeriac.indexes.partitions.build import create
from celeriac.indexes.partitions.strays import UNFINISHED, sweep
from celeriac.indexes.partitions.tree import not_buildable

__all__ = ["UNFINISHED", "create", "not_buildable", "sweep"]
