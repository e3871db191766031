"""How a statement is planned, and how it would be with the indexes that help it; nothing is executed."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from celeriac.indexes.explain import explain
from celeriac.indexes.index import Unplannable
from celeriac.ledger import planning
from celeriac.ledger.models.workload import StatementText
from config.database import ledger, read_only
from config.settings import settings
from web.documents.source import reading
from web.documents.statements import StatementUnknown


@dataclass(frozen=True, slots=True)
class StatementPlans:
    """How a statement is planned, and how it would be with the indexes that help it; costs are the planner's."""

    fingerprint: str
    query: str
    reason: str | None
    """Why it cannot be planned; None where it can."""
    cost_before: float | None
    cost_after: float | None
    before: tuple[str, ...]
    """A line a node, indented."""
    after: tuple[str, ...]
    indexes: tuple[str, ...]
    """The DDL that makes the difference."""


def plans(target: str, fingerprint: str, *, within_s: float | None = None) -> StatementPlans:
    """Plan a statement as it is and with the indexes that would help it; raises StatementUnknown, TargetAway.

    EXPLAIN raises `idx_scan` as a query does: what it raised is kept, so that nobody takes it for use.
    """
    columns = StatementText.__table__.c
    with reading(target) as connection:
        query = connection.scalar(
            select(columns.text).where(columns.target == target, columns.fingerprint == fingerprint)
        )
    if query is None:
        raise StatementUnknown(fingerprint=fingerprint, target=target)
    longest_s = settings().advisor.time_limit_s
    limit_s = longest_s if within_s is None else min(within_s, longest_s)
    with read_only(target, replica=True) as connection, ledger(target) as state:
        found = explain(
            connection,
            query,
            replace(settings().advisor, objective="cost", time_limit_s=limit_s),
            used=lambda scans: planning.record(state, target, scans),
        )
    if isinstance(found, Unplannable):
        return StatementPlans(fingerprint, query, found.reason, None, None, (), (), ())
    return StatementPlans(
        fingerprint=fingerprint,
        query=query,
        reason=None,
        cost_before=found.cost_before,
        cost_after=found.cost_after,
        before=found.before,
        after=found.after,
        indexes=tuple(one.ddl for one in found.recommendations),
    )
