"""The application that serves the API by itself, and the router that another one mounts."""

import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from config import database, redis
from config.settings import settings
from web.api import probes
from web.api.edge import Edge
from web.api.examples import EXAMPLES
from web.api.freshness import shown
from web.api.problems import answer
from web.api.routes import cache, ledger, maintenance, performance, service, statements, tasks, watching
from web.api.tokens import NotConfigured, verifier

logger = logging.getLogger(__name__)

VERSION = "1"
_DESCRIPTION = """Measure a PostgreSQL and its Redis, decide on what would make them faster, and see what it brought.

Every request bears a JWT with `exp`, `sub`, `aud`, `iss` and the scope `performance:read`, `performance:optimize` or
`performance:approve`, or one of them followed by `:` and a target's name. Refusals are problem documents (RFC 9457).
"""

router: APIRouter = APIRouter(prefix="/api/v1")
_SUBJECTS = (
    performance.router,
    ledger.recommendations,
    ledger.router,
    maintenance.router,
    statements.router,
    watching.router,
    cache.router,
    tasks.router,
    service.router,
)
for one in _SUBJECTS:
    router.include_router(one)


def create_app() -> FastAPI:
    """Return the API as an application of its own, with its probes and the metrics; raises SettingWrong."""
    chosen = settings().api
    app = Api(
        title="Celeriac",
        summary="The performance of a PostgreSQL and its Redis.",
        description=_DESCRIPTION,
        version=VERSION,
        root_path=chosen.url_prefix,
        lifespan=_lifespan,
        docs_url=None,  # its pages load scripts from a host that is not ours
        redoc_url=None,
        openapi_url=None,  # served below, from memory
        servers=[{"url": chosen.url_prefix}] if chosen.url_prefix else None,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    app.include_router(router)
    app.include_router(probes.router)
    app.add_api_route("/openapi.json", _described(app), include_in_schema=False)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(Exception, _refused)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Edge)
    if chosen.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[*chosen.cors_origins],
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"],
            expose_headers=["ETag", "Location", "Retry-After"],
        )
    return app


class Api(FastAPI):
    """The application, whose description shows examples whole: FastAPI leaves out what is null in them."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, made once."""
        if self.openapi_schema is None:
            described = super().openapi()
            for path in described["paths"].values():
                for operation in path.values():
                    _show(operation)
        return super().openapi()


def _show(operation: dict[str, Any]) -> None:
    for status in ("200", "201"):
        content = operation["responses"].get(status, {}).get("content", {}).get("application/json")
        if content is not None:
            content["example"] = EXAMPLES[operation["operationId"]]


def _described(app: FastAPI) -> Callable[[Request], Coroutine[None, None, Response]]:
    async def openapi(request: Request) -> Response:
        return await shown(request, ("openapi", id(app)), app.openapi)

    return openapi


async def _refused(request: Request, error: Exception) -> Response:
    return answer(request, error)


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    try:
        verifier(settings().api)
    except NotConfigured as missing:
        logger.error("%s", missing)
    yield
    database.dispose()
    redis.forget()
