"""The tables of schema `celeriac`, one module a capability; the migrations are compared with `Base.metadata`."""

from celeriac.ledger.models import (
    alerts,
    caching,
    changes,
    findings,
    hot_keys,
    maintenance,
    measurements,
    regressions,
    usage,
    workload,
)
from celeriac.ledger.models.base import SCHEMA, Base

__all__ = [
    "SCHEMA",
    "Base",
    "alerts",
    "caching",
    "changes",
    "findings",
    "hot_keys",
    "maintenance",
    "measurements",
    "regressions",
    "usage",
    "workload",
]
