"""Is it alive, can it work, and the figures for Prometheus."""

from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from celeriac.errors import CeleriacError
from celeriac.ledger import migrate
from config.redis import broker_client, results_client
from config.settings import settings
from tasks import exposition
from web.api import examples
from web.api.access import Anybody
from web.api.freshness import shelf
from web.api.problems import ProblemRoute, documented
from web.api.tokens import verifier
from web.documents.source import reading

router: APIRouter = APIRouter(tags=["probes"], route_class=ProblemRoute)


@router.get("/healthz", operation_id="healthz", responses={200: examples.of("healthz")})
async def healthz() -> dict[str, str]:
    """Say that the process answers; it asks nobody else."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    operation_id="readyz",
    response_model=dict[str, str | dict[str, bool]],
    responses={200: examples.of("readyz"), 503: examples.NOT_READY},
)
async def readyz() -> Response:
    """Say whether work can be done: each database with its ledger at the newest revision, the broker, the keys."""
    document = await shelf.read(("readyz",), _checks)
    return Response(document.body, 200 if b"false" not in document.body else 503, media_type="application/json")


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={200: examples.METRICS, **documented(401, 403, 429, 503)},
)
async def prometheus(request: Request, known: Anybody) -> Response:  # noqa: ARG001 - the dependency is the check
    """Write the latest metrics of the targets that the caller may read, in Prometheus's text format."""
    allowed = tuple(name for name in sorted(settings().targets) if known.may("read", name))
    text: bytes = await to_thread.run_sync(exposition.text, allowed)
    return Response(text, media_type=exposition.CONTENT_TYPE)


def _checks() -> dict[str, Any]:
    found = {f"ledger of {name}": _holds(partial(_migrated, name)) for name in sorted(settings().targets)}
    found["broker"] = _holds(lambda: bool(broker_client().ping()))
    found["results"] = _holds(lambda: bool(results_client().ping()))
    found["keys"] = _holds(lambda: verifier(settings().api) is not None)
    return {"status": "ready" if all(found.values()) else "not ready", "checks": found}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (CeleriacError, RedisError, SQLAlchemyError):  # why is nobody's business who needs no token
        return False


def _migrated(target: str) -> bool:
    with reading(target) as connection:
        return migrate.revision(connection) == migrate.head()
