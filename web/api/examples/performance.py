"""What the composite operations answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.statements import STATEMENT
from web.api.examples.words import AT, DDL, TASK

_FIGURES: Final = {
    "database": {"total_queries": 184203, "avg_query_time": 3.412, "statements": 212, "reason": None},
    "cache": {"connected_clients": 12, "used_memory_human": "18.20M", "total_keys": 40211, "hit_ratio": 0.931},
    "timestamp": AT,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "optimize_database": {
        "success": True,
        "message": "5 slow statements, 2 recommendations, 1 builds begun",
        "data": {
            "slow_queries": [{"query": STATEMENT["query"], "calls": 9021, "mean_ms": 91.2}],
            "status": "done",
            "recommendations": [{"ddl": DDL, "saving_ratio": 0.91}],
            "counts": {"slow_queries": 5, "recommendations": 2},
            "dispatched": [7],
            "reason": None,
            "task_id": TASK,
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
            "task_id": TASK,
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
        "metrics": [{"name": "celeriac_postgres_connections", "labels": {"state": "active"}, "at": AT, "value": 4.0}],
        "pools": [{"target": "main", "purpose": "reader", "size": 20, "checked_out": 0, "overflow": 0}],
    },
}
