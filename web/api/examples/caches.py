"""What the operations on caches answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.words import AT, TASK

EXAMPLES: Final[Mapping[str, Any]] = {
    "read_cache": {
        "analysed_at": AT,
        "server": {"version": "7.2.4", "keys": 40211, "clients": 12},
        "namespaces": {"users": {"hits": 9000, "misses": 100, "hit_ratio": 0.989}},
        "findings": [],
        "hit_rates": {"users": [{"at": AT, "hit_ratio": 0.989, "lookups": 9100}]},
        "warm_runs": [
            {"kind": "cache", "started_at": AT, "seconds": 0.8, "warmed": 1200, "bytes": 901120, "detail": {}}
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
        "data": {"task_id": TASK, "status": "done", "result": {"warmed": 1200, "bytes": 901120}},
    },
}
