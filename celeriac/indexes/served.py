"""The statements that the advisor serves: understood, with values for their parameters, the heaviest first."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from celeriac.indexes.index import Unplannable
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parameters import plannable
from celeriac.statements.parsed import Binding, NotUnderstood, Plannable
from celeriac.statements.parsing import parse
from celeriac.statements.statement import Statement
from celeriac.statements.workload import Workload

MAX_BINDINGS = 3
"""A statement: each costs an EXPLAIN at every question; the three commonest tell skew."""

TOO_LATE = "the time limit struck before it was looked at"

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Served:
    """A statement of the workload in the form that the planner accepts."""

    statement: Statement
    plannable: Plannable

    @property
    def bindings(self) -> tuple[Binding | None, ...]:
        """Return the bindings to plan with, their weights adding up to 1; (None,) asks for the generic plan."""
        heaviest = sorted(self.plannable.bindings, key=lambda binding: -binding.weight)[:MAX_BINDINGS]
        total = sum(binding.weight for binding in heaviest)
        if not heaviest or total <= 0:
            return (None,)
        return tuple(replace(binding, weight=binding.weight / total) for binding in heaviest)


def understand(
    connection: Connection,
    workload: Workload,
    catalog: Catalog,
    policy: AdvisorPolicy,
    progress: Progress,
    expired: Callable[[], bool] = lambda: False,
) -> tuple[list[Served], list[Unplannable]]:
    """Parse each statement and find values for its parameters; what cannot be is returned with its reason."""
    served: list[Served] = []
    unplannable: list[Unplannable] = []
    catalogs: dict[str, Catalog] = {}
    ranked = sorted(workload.statements, key=lambda statement: (-statement.counters.total_ms, statement.fingerprint))
    taken = ranked[: policy.max_statements]
    for done, statement in enumerate(taken):
        if done % 100 == 0:
            progress(done, len(taken), "reading statements")
        if expired():
            unplannable.append(Unplannable(statement.text, TOO_LATE))
            continue
        seen = catalogs.setdefault(statement.role, catalog.seen_by(statement.role))
        parsed = parse(statement.text, seen)
        found = parsed if isinstance(parsed, NotUnderstood) else plannable(connection, parsed, statement, catalog)
        if isinstance(found, NotUnderstood):
            unplannable.append(Unplannable(statement.text, found.reason))
        else:
            served.append(Served(statement, found))
    left_out = (Unplannable(s.text, "beyond the number of statements advised") for s in ranked[policy.max_statements :])
    return served, [*unplannable, *left_out]
