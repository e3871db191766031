"""What a table needs that autovacuum does not give it, from its figures alone.

What autovacuum is about to do is left to it: a table must be well past the threshold at which it comes, unless it
never comes. The settings that make it come earlier stand in `advise`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from celeriac.maintenance import advise
from celeriac.maintenance.facts import Server, Table
from celeriac.maintenance.policy import Kind, MaintenancePolicy


@dataclass(frozen=True, slots=True)
class Need:
    """What one table needs, why, and the statement that gives it."""

    kind: Kind
    table: Table
    reason: str
    ddl: str
    urgency: float
    """How far beyond its bound it is; compares needs of one kind."""
    undo_ddl: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    """Of settings: what they become."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A need that our role may not meet."""

    kind: Kind
    table: str
    reason: str


def needs(
    tables: Iterable[Table], server: Server, policy: MaintenancePolicy
) -> tuple[tuple[Need, ...], tuple[Skipped, ...]]:
    """Return what the tables need, of each kind the worst first, and what of it our role may not give."""
    found = [need for table in tables for need in of(table, server, policy)]
    skipped = tuple(Skipped(one.kind, one.table.name, _forbidden(one)) for one in found if not _allowed(one))
    allowed = (one for one in found if _allowed(one))
    return tuple(sorted(allowed, key=lambda one: (one.kind, -one.urgency))), skipped


def of(table: Table, server: Server, policy: MaintenancePolicy) -> tuple[Need, ...]:
    """Return everything that one table needs."""
    found = (analyze(table, server, policy), vacuum(table, server, policy), settings(table, server, policy))
    return tuple(need for need in found if need is not None)


def still(kind: Kind, table: Table, server: Server, policy: MaintenancePolicy) -> Need | None:
    """Return the need of one kind as it is now; None where it is met."""
    return next((need for need in of(table, server, policy) if need.kind == kind), None)


def analyze(table: Table, server: Server, policy: MaintenancePolicy) -> Need | None:
    """Tell whether the planner knows the table from too long ago, or not at all."""
    if table.kind == "p":
        return _analyze_whole(table, policy)
    threshold = table.analyze_threshold(server) + 1
    times = table.changed / threshold
    if max(table.rows, table.changed) < policy.min_rows or times < _asked(table, server, policy):
        return None
    if table.analyzed_at is None and not table.has_statistics:
        why = f"{table.name} ({table.rows} rows) was never analyzed: the planner guesses"
    else:
        why = f"{table.changed} of {table.rows} rows of {table.name} changed since it was analyzed"
    return _analyze(table, f"{why}; {_why_not_by_itself(table, server, threshold)}.", times)


def vacuum(table: Table, server: Server, policy: MaintenancePolicy) -> Need | None:
    """Tell whether dead rows pile up, or pages that nobody marked as visible to all."""
    if table.kind == "p":
        return None
    asked = _asked(table, server, policy)
    threshold = table.vacuum_threshold(server) + 1
    if table.dead >= max(policy.min_dead_rows, asked * threshold):
        why = f"{table.name} holds {table.dead} dead rows beside {table.rows}"
        return _vacuum(table, f"{why}; {_why_not_by_itself(table, server, threshold)}.", table.dead / threshold)
    inserts = table.insert_threshold(server)
    if inserts is None or table.inserted < max(policy.min_rows, asked * (inserts + 1)):
        return None
    why = f"{table.inserted} rows came to {table.name} since it was vacuumed: index-only scans must look them up"
    reason = f"{why}; {_why_not_by_itself(table, server, inserts + 1)}."
    return _vacuum(table, reason, table.inserted / (inserts + 1))


def settings(table: Table, server: Server, policy: MaintenancePolicy) -> Need | None:
    """Tell whether the table's own settings should make autovacuum come earlier."""
    if table.kind != "r" or not table.has_autovacuum(server):
        return None
    advice = advise.advise(table, server, policy)
    if not advice:
        return None
    options = {one.option: one.value for one in advice}
    return Need(
        "settings",
        table,
        f"{table.name} has {table.estimated_rows:.0f} rows: {'; '.join(one.reason for one in advice)}.",
        advise.set_options(table.name, options),
        max(one.times for one in advice),
        advise.undo(table, options),
        options,
    )


def _analyze_whole(table: Table, policy: MaintenancePolicy) -> Need | None:
    if table.rows < policy.min_rows:
        return None
    if not table.has_statistics:
        reason = f"{table.name} has no statistics over its partitions: autoanalyze never comes to the whole."
        return _analyze(table, reason, float(table.rows))
    grown = table.rows / table.estimated_rows - 1 if table.estimated_rows else 0.0
    if grown < policy.partition_growth_ratio:  # before PostgreSQL 14 the whole has no estimate, nor a growth
        return None
    reason = (
        f"{table.name} has grown by {grown:.0%} since it was analyzed as a whole: autoanalyze never comes to the whole."
    )
    return _analyze(table, reason, grown / policy.partition_growth_ratio)


def _analyze(table: Table, reason: str, urgency: float) -> Need:
    return Need("analyze", table, reason, f"ANALYZE {table.name}", urgency)


def _vacuum(table: Table, reason: str, urgency: float) -> Need:
    # Giving pages back to the file system would lock the table, and its readers on every replica; workers of its own
    # would take processors from the application.
    return Need("vacuum", table, reason, f"VACUUM (TRUNCATE false, PARALLEL 0) {table.name}", urgency)


def _asked(table: Table, server: Server, policy: MaintenancePolicy) -> float:
    return policy.stale_thresholds if table.has_autovacuum(server) else 1.0


def _why_not_by_itself(table: Table, server: Server, threshold: float) -> str:
    if table.has_autovacuum(server):
        return f"autovacuum should have come at {threshold:.0f} and does not keep up"
    return f"autovacuum is off for {'it' if server.autovacuum else 'the server'}"


def _allowed(need: Need) -> bool:
    return need.table.is_owned if need.kind == "settings" else need.table.is_maintained


def _forbidden(need: Need) -> str:
    if need.kind == "settings":
        return f"{need.table.name} is not ours to alter: grant our role its owner's."
    return f"{need.table.name} is not ours to {need.kind}: grant our role its owner's, or pg_maintain (PostgreSQL 17)."
