"""The latest result of each kind, where a reader needs neither Celery nor a database: `celeriac:<target>:<kind>`."""

from datetime import UTC, datetime
from typing import Any, Final

import orjson

from config.redis import results_client

DAY_S: Final = 86_400


def publish(kind: str, target: str, document: dict[str, Any], ttl_s: int = DAY_S) -> None:
    """Keep a document as the latest of its kind, with the instant it was produced at."""
    body = orjson.dumps({"produced_at": datetime.now(UTC), **document}, option=orjson.OPT_UTC_Z, default=str)
    results_client().set(key(kind, target), body, ex=ttl_s)


def latest(kind: str, target: str) -> dict[str, Any] | None:
    """Return the latest document of a kind, None where there is none or it has expired."""
    body = results_client().get(key(kind, target))
    if body is None:
        return None
    document: dict[str, Any] = orjson.loads(body)
    return document


def key(kind: str, target: str) -> str:
    """Name the key; part of the contract with readers.

    >>> key("recommendations", "main")
    'celeriac:main:recommendations'
    """
    return f"celeriac:{target}:{kind}"
