"""Settings that make autovacuum come to a large table before millions of rows have died, changed or come.

The server's scale factors are shares of a table; of a large one, a fifth is too much at once. The factor advised is the
largest round one that keeps the rows that autovacuum waits for below the bound.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor, log10

from celeriac.maintenance.facts import Server, Table
from celeriac.maintenance.policy import MaintenancePolicy


@dataclass(frozen=True, slots=True)
class Advice:
    """One storage parameter, what it should be and why."""

    option: str
    value: str
    reason: str
    times: float
    """Of the bound, what autovacuum waits for today."""


def advise(table: Table, server: Server, policy: MaintenancePolicy) -> tuple[Advice, ...]:
    """Return the parameters that a table should have of its own; none for one that is small or seldom written."""
    if table.estimated_rows <= policy.max_dead_rows:
        return ()
    return tuple(_advice(table, server, policy))


def scale_factor(rows: float, policy: MaintenancePolicy) -> float:
    """Return the largest round factor with which autovacuum waits for no more rows than the bound.

    >>> [scale_factor(rows, MaintenancePolicy()) for rows in (6e6, 50e6, 300e6, 9e9)]
    [0.1, 0.02, 0.002, 0.001]
    """
    exact = max(policy.max_dead_rows / rows, policy.min_scale_factor)
    power = 10.0 ** floor(log10(exact) + 1e-9)
    digit = next(one for one in (5, 2, 1) if one <= exact / power + 1e-9)
    return float(f"{digit * power:.6g}")


def set_options(name: str, options: Mapping[str, str]) -> str:
    """Write the statement that sets a table's options, or takes them away where there are none.

    >>> set_options("public.jobs", {"autovacuum_vacuum_scale_factor": "0.02"})
    "ALTER TABLE public.jobs SET (autovacuum_vacuum_scale_factor = '0.02')"
    """
    return f"ALTER TABLE {name} SET ({', '.join(f'{option} = {_literal(options[option])}' for option in options)})"


def undo(table: Table, options: Mapping[str, str]) -> str:
    """Write what gives a table back exactly what it had of these options; the others are not touched."""
    former = {option: table.options[option] for option in options if option in table.options}
    absent = [option for option in options if option not in table.options]
    steps = [set_options(table.name, former)] if former else []
    if absent:
        steps.append(f"ALTER TABLE {table.name} RESET ({', '.join(absent)})")
    return "; ".join(steps)


def _advice(table: Table, server: Server, policy: MaintenancePolicy) -> Iterator[Advice]:
    waits: float | None
    if _is_insert_only(table, policy):
        waits = table.insert_threshold(server)
        reason = "almost nothing but inserts, and {waits:.0f} come before autovacuum marks their pages visible"
        scale = table.setting("vacuum_insert_scale_factor", server.insert_scale)
        yield from _earlier(table, "vacuum_insert_scale_factor", scale, waits, reason, policy)
    elif table.rewrites:
        scale = table.setting("vacuum_scale_factor", server.vacuum_scale)
        waits = table.vacuum_threshold(server)
        reason = "{waits:.0f} die before autovacuum comes"
        yield from _earlier(table, "vacuum_scale_factor", scale, waits, reason, policy)
    if table.inserts + table.rewrites:
        scale = table.setting("analyze_scale_factor", server.analyze_scale)
        waits = table.analyze_threshold(server)
        reason = "{waits:.0f} change before it is analyzed"
        yield from _earlier(table, "analyze_scale_factor", scale, waits, reason, policy)


def _earlier(
    table: Table, name: str, scale: float, waits: float | None, reason: str, policy: MaintenancePolicy
) -> Iterator[Advice]:
    # Twice the bound: rounding, and a table that grows a little, must not be a reason to change it again.
    if waits is None or waits <= 2 * policy.max_dead_rows:
        return
    factor = scale_factor(table.estimated_rows, policy)
    if factor < scale:
        yield Advice(f"autovacuum_{name}", f"{factor:g}", reason.format(waits=waits), waits / policy.max_dead_rows)


def _is_insert_only(table: Table, policy: MaintenancePolicy) -> bool:
    return table.inserts > 0 and table.rewrites < policy.insert_only_ratio * table.inserts


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
