"""What the operations on changes answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.words import AT, DDL, PRINT

CHANGE: Final = {
    "id": 7,
    "kind": "build",
    "state": "kept",
    "state_since": AT,
    "created_at": AT,
    "deadline": None,
    "table": "public.jobs",
    "index_name": "celeriac_7_jobs_status_created_at",
    "ddl": DDL,
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
PROPOSED: Final = {
    **CHANGE,
    "state": "proposed",
    "index_name": None,
    "verdict": None,
    "actor": "celeriac",
    "measured_ms_per_hour": None,
    "build_seconds": None,
}
_CHANGE_DOCUMENT: Final = {
    "change": CHANGE,
    "undo_ddl": "DROP INDEX CONCURRENTLY public.celeriac_7_jobs_status_created_at",
    "possible": ["revert"],
    "promised": {"saving_ms_per_hour": 790000.0, "fingerprints": [PRINT]},
    "evidence": {"decision": "keep", "saved_ms_per_hour": 812000.0},
    "comparisons": [{"fingerprint": PRINT, "finding": "better", "mean_ms_before": 91.2, "mean_ms_after": 0.4}],
    "definition": {"schema": "public", "table": "jobs"},
    "attempt": 1,
    "not_before": None,
    "build_started_at": AT,
    "built_at": AT,
    "settled_at": AT,
    "steps": [
        {
            "at": AT,
            "from_state": "verifying",
            "to_state": "kept",
            "actor": "celeriac",
            "reason": "4 statements save 812,000 ms an hour",
            "evidence": {},
        }
    ],
}
_DECIDED: Final = {
    "success": True,
    "message": "Change 7 is approved.",
    "change_id": 7,
    "state": "approved",
    "dispatched": True,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "list_recommendations": {"items": [PROPOSED], "next": 7},
    "read_recommendation": {
        **_CHANGE_DOCUMENT,
        "change": PROPOSED,
        "undo_ddl": None,
        "possible": ["approve", "reject"],
    },
    "approve_recommendation": _DECIDED,
    "reject_recommendation": {**_DECIDED, "state": "rejected", "message": "Change 7 is rejected."},
    "list_changes": {"items": [CHANGE], "next": None},
    "read_change": _CHANGE_DOCUMENT,
    "revert_change": {**_DECIDED, "state": "reverting", "message": "Change 7 is reverting."},
}
