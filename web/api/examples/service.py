"""What the operations on runs, targets, the schedule and the service itself answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.changes import PROPOSED
from web.api.examples.words import AT, TASK

TARGET: Final = {
    "name": "main",
    "mode": "approve",
    "configured_mode": "auto",
    "paused": False,
    "reason": "2 changes were reverted within a week",
    "reachable": True,
    "replicas": 1,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "read_task": {
        "id": TASK,
        "task": "celeriac.performance.optimize_database",
        "target": "main",
        "state": "PROGRESS",
        "finished": False,
        "progress": {"done": 1, "total": 3, "unit": "steps", "note": "recommending indexes"},
        "result": None,
        "error": None,
        "asked_at": AT,
        "finished_at": None,
    },
    "list_targets": [TARGET],
    "read_overview": {
        "target": TARGET,
        "troubles": ["public.events is 1.6 billion transactions old"],
        "decisions": [PROPOSED],
        "decisions_waiting": 1,
        "maintenance_waiting": 1,
        "in_work": 0,
        "changes": {"proposed": 1, "kept": 5},
        "saved_ms_per_hour": 812000.0,
        "load": {
            "calls_per_s": 210.4,
            "ms_per_s": 640.1,
            "mean_ms": 3.04,
            "statements": 212,
            "buffer_hit_ratio": 0.993,
        },
        "cache_hit_ratio": 0.931,
        "connections": 14.0,
        "last_runs": [{"task": "celeriac.statements.capture", "at": AT, "outcome": "runs", "late_s": 0.0}],
    },
    "read_schedule": [
        {
            "name": "statements_capture",
            "task": "celeriac.statements.capture",
            "every_s": 60.0,
            "priority": 2,
            "last_run_at": AT,
            "last_outcome": "runs",
            "last_ms": 14.8,
            "last_reason": None,
            "next_run_at": AT,
            "late_s": 0.0,
        }
    ],
    "read_queues": {
        "lines": [{"queue": "celeriac", "priority": 5, "messages": 2, "oldest_s": 0.4}],
        "waiting": 2,
        "held": 1,
        "held_oldest_s": 2.2,
        "quarantined": [{"id": TASK, "task": "celeriac.unknown", "target": "main", "sent_at": 1772439300.0}],
    },
    "healthz": {"status": "ok"},
    "readyz": {
        "status": "ready",
        "checks": {"ledger of main": True, "broker": True, "results": True, "keys": True},
    },
}
