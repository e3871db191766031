"""Small reports to write down: one that knows nothing, and its parts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from celeriac.cli.report.document import (
    Caches,
    Changed,
    Fault,
    Figures,
    Line,
    Mark,
    Plot,
    Report,
    Slower,
    SpanFigures,
    Statement,
    Step,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = SpanFigures("last day", 86_400, 86_400, Figures(calls=10, total_ms=100.0), 1, {"kept": 2}, 5_000.0, 1, 0)
EMPTY = Report(
    target="main", produced_at=NOW, captured=True, complete=True, notes=(), paused=None, spans=(DAY,), next_steps=(),
    slower=(), changes=(), changes_left_out=0, waiting=0, waiting_ms_per_hour=0.0, saved_ms_per_hour=0.0,
    statements=(), findings=(), alerts=(), cache=Caches(None, {}, ()), plots=(),
)  # fmt: skip


def change(**more: Any) -> Changed:
    known = Changed(
        id=7, kind="build", state="proposed", since=NOW, table="public.jobs", ddl="CREATE INDEX ON jobs (status)",
        reason="status is asked for often", verdict=None, promised_ms_per_hour=9_000.0, measured_ms_per_hour=None,
        size_bytes=2**20, size_bytes_before=None, deadline=None, held_by=None, undo=None,
    )  # fmt: skip
    return replace(known, **more)


def slower(**more: Any) -> Slower:
    known = Slower(
        id=1, fingerprint="f1", query="SELECT * FROM jobs WHERE status = $1", cause="plan",
        sentence="A call takes long",
        ratio=3.0, ms_per_hour=4_000.0, first_seen=NOW - timedelta(hours=2), ended_at=None, ending=None,
        change_id=None, undo=None,
    )  # fmt: skip
    return replace(known, **more)


def fault(**more: Any) -> Fault:
    known = Fault("stale_statistics", "public.jobs", "warning", "It is stale.", "ANALYZE jobs;", NOW)
    return replace(known, **more)


def statement(**more: Any) -> Statement:
    ran = Figures(calls=10, total_ms=100.0, ms_per_hour=50.0, mean_ms=10.0, share_of_time=0.5, blocks_per_call=4.0)
    return replace(Statement("f1", "app", "SELECT 1", (ran,), (1.0, None, 3.0)), **more)


def step(**more: Any) -> Step:
    known = Step("approve", "Decide on change 7", "it helps", 9_000.0, "celeriac approve 7", "shell")
    return replace(known, **more)


def plot(*values: float | None, **more: Any) -> Plot:
    axis = (NOW - timedelta(days=1), NOW)
    marks = (Mark(NOW - timedelta(hours=6), "change 7 kept"),)
    return replace(Plot("Load", "sessions", *axis, (Line("busy", values),), marks, "Nothing was recorded."), **more)
