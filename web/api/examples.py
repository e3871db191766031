"""What each operation answers, as OpenAPI shows it; a test holds every example against its shape."""

from collections.abc import Mapping
from typing import Any, Final

_AT: Final = "2026-03-02T08:15:00Z"
_TASK: Final = "0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11"
_PRINT: Final = "4f1d2a9b8c7e6f50"
_DDL: Final = "CREATE INDEX CONCURRENTLY ON public.jobs USING btree (status, created_at)"

_CHANGE: Final = {
    "id": 7,
    "kind": "build",
    "state": "kept",
    "state_since": _AT,
    "created_at": _AT,
    "deadline": None,
    "table": "public.jobs",
    "index_name": "celeriac_7_jobs_status_created_at",
    "ddl": _DDL,
    "origin": "advisor",
    "reason": "2 statements would read 40 blocks instead of 12,000",
    "verdict": "4 statements save 812,000 ms an hour",
    "actor": "api:ann",
    "last_error": None,
    "promised_ms_per_hour": 790000.0,
    "promised_ratio": 0.91,
    "measured_ms_per_hour": 812000.0,
    "sureness": "planner",
    "statements_helped": 2,
    "size_bytes": 4194304,
    "build_seconds": 1.8,
}
_PROPOSED: Final = {
    **_CHANGE,
    "state": "proposed",
    "index_name": None,
    "verdict": None,
    "actor": "celeriac",
    "measured_ms_per_hour": None,
    "build_seconds": None,
}
_CHANGE_DOCUMENT: Final = {
    "change": _CHANGE,
    "undo_ddl": "DROP INDEX CONCURRENTLY public.celeriac_7_jobs_status_created_at",
    "possible": ["revert"],
    "promised": {"saving_ms_per_hour": 790000.0, "fingerprints": [_PRINT]},
    "evidence": {"decision": "keep", "saved_ms_per_hour": 812000.0},
    "comparisons": [{"fingerprint": _PRINT, "finding": "better", "mean_ms_before": 91.2, "mean_ms_after": 0.4}],
    "definition": {"schema": "public", "table": "jobs"},
    "attempt": 1,
    "not_before": None,
    "build_started_at": _AT,
    "built_at": _AT,
    "settled_at": _AT,
    "steps": [
        {
            "at": _AT,
            "from_state": "verifying",
            "to_state": "kept",
            "actor": "celeriac",
            "reason": "4 statements save 812,000 ms an hour",
            "evidence": {},
        }
    ],
}
_FIGURES: Final = {
    "database": {"total_queries": 184203, "avg_query_time": 3.412, "statements": 212, "reason": None},
    "cache": {"connected_clients": 12, "used_memory_human": "18.20M", "total_keys": 40211, "hit_ratio": 0.931},
    "timestamp": _AT,
}
_STATEMENT: Final = {
    "fingerprint": _PRINT,
    "role": "app",
    "query": "SELECT * FROM jobs WHERE status = $1 AND created_at > $2",
    "calls": 9021,
    "total_ms": 822715.2,
    "mean_ms": 91.2,
    "stddev_ms": 12.4,
    "rows_per_call": 14.0,
    "blocks_per_call": 12010.0,
    "hit_ratio": 0.98,
    "io_ms": 1020.5,
    "wal_bytes_per_call": 0.0,
    "share_of_time": 0.61,
    "spark": [None, 90.1, 91.2],
}
_SILENCE: Final = {
    "id": 3,
    "rule": "disk_*",
    "subject": "*",
    "until": _AT,
    "actor": "api:ann",
    "reason": "the disk is being swapped",
    "created_at": _AT,
}
_TARGET: Final = {
    "name": "main",
    "mode": "approve",
    "configured_mode": "auto",
    "paused": False,
    "reason": "2 changes were reverted within a week",
    "reachable": True,
    "replicas": 1,
}
_DECIDED: Final = {
    "success": True,
    "message": "Change 7 is approved.",
    "change_id": 7,
    "state": "approved",
    "dispatched": True,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "optimize_database": {
        "success": True,
        "message": "5 slow statements, 2 recommendations, 1 builds begun",
        "data": {
            "slow_queries": [{"query": _STATEMENT["query"], "calls": 9021, "mean_ms": 91.2}],
            "status": "done",
            "recommendations": [{"ddl": _DDL, "saving_ratio": 0.91}],
            "counts": {"slow_queries": 5, "recommendations": 2},
            "dispatched": [7],
            "reason": None,
            "task_id": _TASK,
        },
    },
    "optimize_caching": {
        "success": True,
        "message": "1200 entries warmed",
        "data": {
            "cache_implemented": {"warmed": 1200, "bytes": 901120, "note": None},
            "cache_stats": {"keys": 40211, "clients": 12, "used_memory_bytes": 19084083, "hits": 90122, "misses": 6600},
            "status": "done",
            "findings": ["no_limit"],
            "task_id": _TASK,
        },
    },
    "monitor": _FIGURES,
    "stats": {
        **_FIGURES,
        "mode": "approve",
        "paused": None,
        "changes": {"proposed": 2, "kept": 5},
        "saved_ms_per_hour": 812000.0,
        "tasks": {
            "celeriac.statements.capture": {"runs": 60, "failed": 0, "retried": 0, "skipped": 0, "total_ms": 900}
        },
        "namespaces": {"users": {"hits": 9000, "misses": 100}},
        "metrics": [{"name": "celeriac_postgres_connections", "labels": {"state": "active"}, "at": _AT, "value": 4.0}],
        "pools": [{"target": "main", "purpose": "reader", "size": 20, "checked_out": 0, "overflow": 0}],
    },
    "list_recommendations": {"items": [_PROPOSED], "next": 7},
    "read_recommendation": {
        **_CHANGE_DOCUMENT,
        "change": _PROPOSED,
        "undo_ddl": None,
        "possible": ["approve", "reject"],
    },
    "approve_recommendation": _DECIDED,
    "reject_recommendation": {**_DECIDED, "state": "rejected", "message": "Change 7 is rejected."},
    "list_changes": {"items": [_CHANGE], "next": None},
    "read_change": _CHANGE_DOCUMENT,
    "revert_change": {**_DECIDED, "state": "reverting", "message": "Change 7 is reverting."},
    "list_statements": {"order": "total_ms", "hours": 24, "items": [_STATEMENT]},
    "list_regressions": [
        {
            "fingerprint": _PRINT,
            "id": 2,
            "cause": "plan",
            "sentence": "It takes 4 times as long since 08:00: the plan reads the whole table",
            "ratio": 4.0,
            "ms_per_hour": 90000.0,
            "baseline": {"mean_ms": 22.8},
            "now": {"mean_ms": 91.2},
            "first_seen": _AT,
            "last_seen": _AT,
            "resolved_at": None,
            "ending": None,
            "change_id": None,
        }
    ],
    "read_statement": {
        "fingerprint": _PRINT,
        "role": "app",
        "query": _STATEMENT["query"],
        "first_seen": _AT,
        "last_seen": _AT,
        "hours": 168,
        "step_s": 2520,
        "history": [
            {
                "at": _AT,
                "calls": 120,
                "mean_ms": 91.2,
                "rows_per_call": 14.0,
                "blocks_per_call": 12010.0,
                "hit_ratio": 0.98,
                "wal_bytes_per_call": 0.0,
            }
        ],
        "changes": [_CHANGE],
        "regressions": [],
    },
    "read_plans": {
        "fingerprint": _PRINT,
        "query": _STATEMENT["query"],
        "reason": None,
        "cost_before": 18334.0,
        "cost_after": 8.4,
        "before": ["Seq Scan on jobs"],
        "after": ["Index Scan on jobs"],
        "indexes": [_DDL],
    },
    "list_findings": {
        "checked_at": _AT,
        "items": [
            {
                "id": 4,
                "check": "wraparound",
                "severity": "critical",
                "subject": "public.events",
                "sentence": "public.events is 1.6 billion transactions old",
                "evidence": {"age": 1600000000},
                "cure": "VACUUM (FREEZE) public.events",
                "first_seen": _AT,
                "last_seen": _AT,
            }
        ],
        "skipped": [],
    },
    "list_alerts": {
        "items": [
            {
                "id": 9,
                "rule": "disk_free",
                "subject": "db-1",
                "severity": "critical",
                "sentence": "4 % of the disk is free",
                "value": 0.04,
                "state": "firing",
                "since": _AT,
                "fired_at": _AT,
                "resolved_at": None,
                "acknowledged_by": None,
                "silenced": True,
            }
        ],
        "resolved": [],
        "silences": [_SILENCE],
    },
    "silence_alerts": _SILENCE,
    "lift_silence": _SILENCE,
    "read_cache": {
        "analysed_at": _AT,
        "server": {"version": "7.2.4", "keys": 40211, "clients": 12},
        "namespaces": {"users": {"hits": 9000, "misses": 100, "hit_ratio": 0.989}},
        "findings": [],
        "hit_rates": {"users": [{"at": _AT, "hit_ratio": 0.989, "lookups": 9100}]},
        "warm_runs": [
            {"kind": "cache", "started_at": _AT, "seconds": 0.8, "warmed": 1200, "bytes": 901120, "detail": {}}
        ],
        "advice": {},
    },
    "invalidate_cache": {
        "success": True,
        "message": "What was cached before now is not read any more.",
        "dropped": None,
    },
    "warm_cache": {
        "success": True,
        "message": "1200 entries warmed",
        "data": {"task_id": _TASK, "status": "done", "result": {"warmed": 1200, "bytes": 901120}},
    },
    "read_task": {
        "id": _TASK,
        "task": "celeriac.performance.optimize_database",
        "target": "main",
        "state": "PROGRESS",
        "finished": False,
        "progress": {"done": 1, "total": 3, "unit": "steps", "note": "recommending indexes"},
        "result": None,
        "error": None,
        "asked_at": _AT,
        "finished_at": None,
    },
    "list_targets": [_TARGET],
    "read_overview": {
        "target": _TARGET,
        "troubles": ["public.events is 1.6 billion transactions old"],
        "decisions": [_PROPOSED],
        "decisions_waiting": 1,
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
        "last_runs": [{"task": "celeriac.statements.capture", "at": _AT, "outcome": "runs", "late_s": 0.0}],
    },
    "read_schedule": [
        {
            "name": "statements_capture",
            "task": "celeriac.statements.capture",
            "every_s": 60.0,
            "priority": 2,
            "last_run_at": _AT,
            "last_outcome": "runs",
            "last_ms": 14.8,
            "last_reason": None,
            "next_run_at": _AT,
            "late_s": 0.0,
        }
    ],
    "read_queues": {
        "lines": [{"queue": "celeriac", "priority": 5, "messages": 2, "oldest_s": 0.4}],
        "waiting": 2,
        "held": 1,
        "held_oldest_s": 2.2,
        "quarantined": [{"id": _TASK, "task": "celeriac.unknown", "target": "main", "sent_at": 1772439300.0}],
    },
    "healthz": {"status": "ok"},
    "readyz": {
        "status": "ready",
        "checks": {"ledger of main": True, "broker": True, "results": True, "keys": True},
    },
}

_PENDING: Final = {
    "success": True,
    "message": "The work has begun; ask for its result at Location.",
    "data": {"task_id": _TASK, "status": "pending", "already_running": False},
}
NOT_MODIFIED: Final[dict[str, Any]] = {"description": "What the caller has by its ETag is still true."}
NOT_READY: Final[dict[str, Any]] = {
    "description": "Something is missing; `checks` says what.",
    "content": {
        "application/json": {
            "example": {"status": "not ready", "checks": {"ledger of main": False, "broker": True, "keys": True}}
        }
    },
}
EVENTS: Final[dict[str, Any]] = {
    "description": "Events until the run has ended.",
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "object",
                "properties": {"event": {"enum": ["progress", "done"]}, "data": {"type": "string"}},
                "description": "One event; its data is the run as JSON.",
            },
            "example": 'event: progress\ndata: {"state":"PROGRESS","progress":{"done":1,"total":3}}\n\n',
        }
    },
}
METRICS: Final[dict[str, Any]] = {
    "description": "Prometheus's text format.",
    "content": {
        "text/plain": {
            "schema": {"type": "string"},
            "example": 'celeriac_postgres_connections{target="main",state="active"} 4.0\n',
        }
    },
}


def of(operation: str) -> dict[str, Any]:
    """Return what an operation answers where all goes well, for OpenAPI."""
    return {"description": "Done.", "content": {"application/json": {"example": EXAMPLES[operation]}}}


def pending(model: Any) -> dict[str, Any]:
    """Return what an operation answers where the work goes on."""
    return {
        "description": "The work goes on; ask again at Location.",
        "model": model,
        "content": {"application/json": {"example": _PENDING}},
        "headers": {"Location": {"description": "The run.", "schema": {"type": "string"}}},
    }
