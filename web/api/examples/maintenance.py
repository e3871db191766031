"""What the operations on maintenance answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.words import AT, TASK

_RUN: Final = {
    "id": 3,
    "kind": "settings",
    "table": "public.events",
    "state": "done",
    "state_since": AT,
    "created_at": AT,
    "deadline": None,
    "reason": "autovacuum would wait for 32,000,000 dead rows",
    "urgency": 16.0,
    "ddl": "ALTER TABLE public.events SET (autovacuum_vacuum_scale_factor = 0.01)",
    "outcome": "autovacuum_vacuum_scale_factor is 0.01 now",
    "attempt": 1,
    "not_before": None,
    "started_at": AT,
    "ended_at": AT,
    "actor": "api:ann",
}
_PROPOSED: Final = {
    **_RUN,
    "state": "proposed",
    "deadline": AT,
    "outcome": None,
    "attempt": 0,
    "started_at": None,
    "ended_at": None,
    "actor": "celeriac",
}
_DECIDED: Final = {
    "success": True,
    "message": "Maintenance run 3 is approved.",
    "run_id": 3,
    "state": "approved",
    "dispatched": True,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "list_maintenance": {"items": [_PROPOSED], "next": None},
    "read_maintenance": {
        "run": _RUN,
        "undo_ddl": "ALTER TABLE public.events RESET (autovacuum_vacuum_scale_factor)",
        "possible": ["revert"],
        "options": {"autovacuum_vacuum_scale_factor": "0.01"},
        "before": {"live_rows": 160000000, "options": {}},
        "after": {"live_rows": 160000000, "options": {"autovacuum_vacuum_scale_factor": "0.01"}},
        "steps": [
            {
                "at": AT,
                "from_state": "running",
                "to_state": "done",
                "actor": "celeriac",
                "reason": "autovacuum_vacuum_scale_factor is 0.01 now",
                "evidence": {"maintenance_run": 3},
            }
        ],
    },
    "approve_maintenance": _DECIDED,
    "reject_maintenance": {**_DECIDED, "state": "rejected", "message": "Maintenance run 3 is rejected."},
    "revert_maintenance": {
        "success": True,
        "message": "The table has the settings that it had before.",
        "data": {"task_id": TASK, "run_id": 3, "status": "reverted", "reason": None},
    },
}
