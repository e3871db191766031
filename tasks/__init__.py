"""The tasks, one module a capability; each opens connections, calls the domain and returns plain data."""

from typing import Final

MODULES: Final = (
    "tasks.alerts",
    "tasks.buffers",
    "tasks.cache",
    "tasks.cache_advice",
    "tasks.control",
    "tasks.ddl",
    "tasks.decisions",
    "tasks.health",
    "tasks.indexes",
    "tasks.maintenance",
    "tasks.metrics",
    "tasks.performance",
    "tasks.pruning",
    "tasks.regressions",
    "tasks.statements",
)
"""What the worker imports; a module that is not named here does not exist for it."""
