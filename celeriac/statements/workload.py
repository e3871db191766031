"""What the advisor is asked to serve: statements with their weights over a stretch of time."""

from dataclasses import dataclass, fields, replace

from celeriac.statements.statement import Counters, Statement, Window, fingerprint


@dataclass(frozen=True, slots=True)
class Workload:
    """Statements whose counters were gathered over `hours`."""

    statements: tuple[Statement, ...]
    hours: float


def from_window(window: Window) -> Workload:
    """Take a measured window as the workload."""
    return Workload(statements=window.statements, hours=max(window.seconds, 1.0) / 3600)


def from_texts(texts: tuple[str, ...]) -> Workload:
    """Take bare statement texts, each of weight one: one call and one millisecond in one hour."""
    counters = Counters(calls=1, total_ms=1.0, square_ms2=1.0)
    return Workload(
        statements=tuple(Statement(fingerprint("", text), "", text, counters) for text in texts),
        hours=1.0,
    )


def scaled(statement: Statement, factor: float) -> Statement:
    """Return a statement as if it had been measured `factor` times as long: every counter grows by it."""
    grown = {field.name: getattr(statement.counters, field.name) * factor for field in fields(Counters)}
    whole = {name: round(value) for name, value in grown.items() if isinstance(getattr(statement.counters, name), int)}
    return replace(statement, counters=Counters(**{**grown, **whole}))
