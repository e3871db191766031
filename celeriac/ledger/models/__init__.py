"""The tables of schema `celeriac`, one module a capability; the migrations are compared with `Base.metadata`."""

from celeriac.ledger.models import caching, changes, measurements, usage, workload
from celeriac.ledger.models.base import SCHEMA, Base

__all__ = ["SCHEMA", "Base", "caching", "changes", "measurements", "usage", "workload"]
