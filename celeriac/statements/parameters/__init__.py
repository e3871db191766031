"""Types and values for the $n of a normalized statement, so that the planner can be asked about it."""

from celeriac.statements.parameters.plannable import plannable

__all__ = ["plannable"]
