"""What each operation answers, as OpenAPI shows it, by subject; a test holds every example against its shape."""

from collections.abc import Mapping
from typing import Any, Final

from web.api.examples import caches, changes, maintenance, performance, service, statements, watching
from web.api.examples.words import TASK

EXAMPLES: Final[Mapping[str, Any]] = {
    **performance.EXAMPLES,
    **changes.EXAMPLES,
    **maintenance.EXAMPLES,
    **statements.EXAMPLES,
    **watching.EXAMPLES,
    **caches.EXAMPLES,
    **service.EXAMPLES,
}

_PENDING: Final = {
    "success": True,
    "message": "The work has begun; ask for its result at Location.",
    "data": {"task_id": TASK, "status": "pending", "already_running": False},
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
