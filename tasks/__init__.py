"""The tasks, one module a capability; each opens connections, calls the domain and returns plain data."""

from typing import Final

MODULES: Final = (
    "tasks.buffers",
    "tasks.cache",
    "tasks.control",
    "tasks.health",
    "tasks.indexes",
    "tasks.metrics",
    "tasks.performance",
    "tasks.pruning",
    "tasks.statements",
)
"""What the worker imports; a module that is not named here does not exist for it."""
