"""How tasks are run, when, and what the log shows of it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.sections.section import Count, CountOrNone, Duration, Positive, Section


class TaskSettings(Section):
    """Limits of the tasks."""

    time_limit: Duration = timedelta(minutes=15)
    """Of every other task; longer and its process is killed."""
    ddl_time_limit: Duration = timedelta(hours=5)
    """Of tasks on the queue celeriac.ddl: a concurrent build of a large index takes hours."""
    soft_margin: Duration = timedelta(seconds=30)
    """The soft limit strikes this long before the hard one, so that a statement can still be cancelled."""
    visibility_timeout: Duration = timedelta(hours=6)
    """Redis delivers a message again after this time even while it runs: it must exceed every time limit."""
    result_expires: Duration = timedelta(days=1)
    """How long a result can be fetched by its id."""
    lease: Duration = timedelta(seconds=60)
    """A run's lease, renewed at a quarter of it; so long a crashed run keeps others out."""
    max_retries: CountOrNone = 5
    """After lost connections and lost worker processes; nothing else is retried."""
    retry_backoff_s: Count = 2
    """The first wait; each further one is twice as long, with jitter."""
    retry_backoff_max_s: Count = 300
    """The longest wait."""


class WorkerSettings(Section):
    """How a worker process lives and dies."""

    concurrency: Count = 4
    """Tasks at a time in a general worker; they mostly wait for the database. The DDL worker always does one."""
    max_tasks_per_child: Count = 500
    """A worker process is replaced after so many tasks."""
    max_memory_per_child_kib: Annotated[int, Field(ge=50_000)] = 300_000
    """A worker process that has grown beyond it is replaced after its task."""
    soft_shutdown: Duration = timedelta(seconds=45)
    """The grace period of the platform less 15 s; needs REMAP_SIGTERM=SIGQUIT in the environment."""
    alive_file: Path | None = None
    """Touched each second while the worker's loop turns; a probe asks for its age."""
    ready_file: Path | None = None
    """There while the worker takes tasks."""
    beat_state_file: Path = Path("celerybeat-schedule")
    """Where beat remembers when each entry last ran."""


class ScheduleSettings(Section):
    """Changes to beat_schedule.py without touching it."""

    speed: Positive = 1.0
    """Every period is divided by it; the demo runs at 60."""
    every: dict[str, Duration] = Field(default_factory=dict)
    """Periods by entry name (statements_capture=5s); 0 turns an entry off."""


class LogSettings(Section):
    """What the log looks like."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """What is logged at least."""
    json_lines: bool = False
    """One JSON object a line instead of text."""
