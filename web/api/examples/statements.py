"""What the operations on statements answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.changes import CHANGE
from web.api.examples.words import AT, DDL, PRINT

STATEMENT: Final = {
    "fingerprint": PRINT,
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

EXAMPLES: Final[Mapping[str, Any]] = {
    "list_statements": {"order": "total_ms", "hours": 24, "items": [STATEMENT], "next": "1772439300000-1"},
    "list_regressions": [
        {
            "fingerprint": PRINT,
            "id": 2,
            "cause": "plan",
            "sentence": "It takes 4 times as long since 08:00: the plan reads the whole table",
            "ratio": 4.0,
            "ms_per_hour": 90000.0,
            "baseline": {"mean_ms": 22.8},
            "now": {"mean_ms": 91.2},
            "first_seen": AT,
            "last_seen": AT,
            "resolved_at": None,
            "ending": None,
            "change_id": None,
        }
    ],
    "read_statement": {
        "fingerprint": PRINT,
        "role": "app",
        "query": STATEMENT["query"],
        "first_seen": AT,
        "last_seen": AT,
        "hours": 168,
        "step_s": 2520,
        "history": [
            {
                "at": AT,
                "calls": 120,
                "mean_ms": 91.2,
                "rows_per_call": 14.0,
                "blocks_per_call": 12010.0,
                "hit_ratio": 0.98,
                "wal_bytes_per_call": 0.0,
            }
        ],
        "changes": [CHANGE],
        "regressions": [],
    },
    "read_plans": {
        "fingerprint": PRINT,
        "query": STATEMENT["query"],
        "reason": None,
        "cost_before": 18334.0,
        "cost_after": 8.4,
        "before": ["Seq Scan on jobs"],
        "after": ["Index Scan on jobs"],
        "indexes": [DDL],
    },
}
