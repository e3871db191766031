"""What a report holds: values alone, ready to be written as text, HTML or JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

StepKind = Literal["finding", "slower", "approve"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a statement, or all of them, did in one span."""

    calls: int = 0
    total_ms: float = 0.0
    ms_per_hour: float = 0.0
    """By the time that was captured, not by the span's length."""
    mean_ms: float = 0.0
    share_of_time: float = 0.0
    blocks_per_call: float = 0.0
    hit_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """One column of the report."""

    label: str
    seconds: float
    captured_s: float
    """How much of it was measured."""
    load: Figures
    statements: int
    changes: Mapping[str, int]
    """Count by the state they have reached within the span."""
    saved_ms_per_hour: float
    """By changes that were kept within the span, as measured."""
    slower_begun: int
    slower_ended: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One of the statements that take most of the time."""

    fingerprint: str
    role: str
    query: str
    spans: tuple[Figures | None, ...]
    """In the order of the report's spans; None where it did not run."""
    course: tuple[float | None, ...]
    """Milliseconds an hour in steps of equal length up to now; None where nothing was captured."""


@dataclass(frozen=True, slots=True)
class Slower:
    """A statement that got slower, busier or is new; or all of them together."""

    id: int
    fingerprint: str
    query: str | None
    cause: str
    sentence: str
    ratio: float | None
    ms_per_hour: float
    first_seen: datetime
    ended_at: datetime | None
    ending: str | None
    change_id: int | None
    undo: str | None
    """The command that undoes the change that came just before."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A build, drop or rebuild: what it promised and what it brought."""

    id: int
    kind: str
    state: str
    since: datetime
    table: str
    ddl: str
    reason: str
    """Why it was proposed."""
    verdict: str | None
    """What measuring said."""
    promised_ms_per_hour: float | None
    measured_ms_per_hour: float | None
    size_bytes: int | None
    size_bytes_before: int | None
    """Of what is rebuilt."""
    deadline: datetime | None
    held_by: str | None
    """What held it back or went wrong last."""
    undo: str | None
    """The command that undoes it; None where it cannot be undone, or not any more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An open finding of the health checks."""

    check: str
    subject: str
    severity: str
    sentence: str
    cure: str | None
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that fires."""

    id: int
    rule: str
    subject: str
    severity: str
    sentence: str
    since: datetime
    quiet: str | None
    """Who is at it, or that it is silenced."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next."""

    kind: StepKind
    what: str
    why: str
    ms_per_hour: float | None
    """What doing it is worth, or not doing it costs; None where no milliseconds are known."""
    command: str
    language: Literal["shell", "sql"]
    severity: str | None = None
    frees_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class WarmRun:
    """One run of a warmer."""

    kind: str
    started_at: datetime
    seconds: float
    warmed: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Caches:
    """How the caches do."""

    buffer_hit_rate: float | None
    hit_rates: Mapping[str, float]
    """Of the cache library, by namespace."""
    warm_runs: tuple[WarmRun, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A course over time."""

    name: str
    values: tuple[float | None, ...]
    """In steps of equal length over the plot's span; None is a gap."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant worth a line in a plot."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Courses over one span."""

    title: str
    unit: Literal["sessions", "ratio"]
    since: datetime
    until: datetime
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()
    empty: str = ""
    """What to say where no line has a value."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told."""

    target: str
    produced_at: datetime
    captured: bool
    """False where the figures are those of pg_stat_statements since its reset."""
    complete: bool
    """False where a reset, a restart or evictions lost calls."""
    notes: tuple[str, ...]
    """What is not known, and what to do about it."""
    paused: str | None
    """Who paused every change and why."""
    spans: tuple[SpanFigures, ...]
    next_steps: tuple[Step, ...]
    slower: tuple[Slower, ...]
    changes: tuple[Changed, ...]
    changes_left_out: int
    waiting: int
    """Proposals that nobody has decided."""
    waiting_ms_per_hour: float
    saved_ms_per_hour: float
    """By all changes that are kept, as measured."""
    statements: tuple[Statement, ...]
    findings: tuple[Fault, ...]
    alerts: tuple[Firing, ...]
    cache: Caches
    plots: tuple[Plot, ...]
