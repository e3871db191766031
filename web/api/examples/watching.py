"""What the operations on findings, alerts and silences answer."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples.words import AT

_SILENCE: Final = {
    "id": 3,
    "rule": "disk_*",
    "subject": "*",
    "until": AT,
    "actor": "api:ann",
    "reason": "the disk is being swapped",
    "created_at": AT,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "list_findings": {
        "checked_at": AT,
        "items": [
            {
                "id": 4,
                "check": "wraparound",
                "severity": "critical",
                "subject": "public.events",
                "sentence": "public.events is 1.6 billion transactions old",
                "evidence": {"age": 1600000000},
                "cure": "VACUUM (FREEZE) public.events",
                "first_seen": AT,
                "last_seen": AT,
            }
        ],
        "skipped": [
            {
                "check": "long_queries",
                "title": "Long queries",
                "why": "it needs the role pg_read_all_stats to see other sessions",
                "cure": "GRANT pg_read_all_stats TO celeriac;",
            }
        ],
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
                "since": AT,
                "fired_at": AT,
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
}
