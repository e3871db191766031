"""PostgreSQL statements read into what each one does with each relation."""

from celeriac.statements.parsing.expressions import canonical_expression
from celeriac.statements.parsing.parse import parse

__all__ = ["canonical_expression", "parse"]
