"""The caches: how they do, clear them, warm them."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from web import actions
from web.api import examples
from web.api.access import Optimizing, Reading
from web.api.answers import Invalidated, Invalidation, Pending, Warmed
from web.api.freshness import done, encoded, shown
from web.api.idempotency import Key
from web.api.problems import ProblemRoute, documented
from web.api.waiting import Wait, pending, run
from web.documents import caches
from web.documents.caches import CacheDocument

router: APIRouter = APIRouter(prefix="/cache", tags=["cache"], route_class=ProblemRoute)

Hours = Annotated[int, Query(ge=1, le=2160, description="Of the hit rates, back from now.", examples=[24])]


@router.get(
    "",
    operation_id="read_cache",
    response_model=CacheDocument,
    responses={
        200: examples.of("read_cache"),
        304: examples.NOT_MODIFIED,
        **documented(401, 403, 404, 422, 429, 503),
    },
)
async def read_cache(request: Request, permit: Reading, hours: Hours = 24) -> Response:
    """Show the caches: Redis, the namespaces, their hit rates over time, warm runs, findings and advice."""
    read = partial(caches.caches, permit.target, hours=hours)
    return await shown(request, ("caches", permit.target, hours), read)


@router.post(
    "/invalidate",
    operation_id="invalidate_cache",
    response_model=Invalidated,
    responses={200: examples.of("invalidate_cache"), **documented(401, 403, 404, 413, 422, 429, 503)},
)
async def invalidate_cache(
    permit: Optimizing,
    what: Annotated[Invalidation, Body(examples=[{"namespace": "users"}, {"tags": ["tenant:7"]}])],
) -> Response:
    """Make cached entries unreadable for everyone; to do it twice is as good as once."""
    found = await done(partial(actions.invalidate, permit.target, actor=permit.actor, **what.model_dump()))
    answer = {
        "success": True,
        "message": "What was cached before now is not read any more.",
        "dropped": found["dropped"],
    }
    return Response(encoded(answer), media_type="application/json")


@router.post(
    "/warm",
    operation_id="warm_cache",
    response_model=Warmed,
    responses={
        200: examples.of("warm_cache"),
        202: examples.pending(Pending),
        **documented(401, 403, 404, 409, 422, 429, 500, 503),
    },
)
async def warm_cache(request: Request, permit: Optimizing, wait: Wait = None, key: Key = None) -> Response:
    """Run the configured warmers within their budget."""
    ran = await run(request, permit, "celeriac.cache.warm", wait, key)
    if not ran.task.finished:
        return pending(request, ran)
    found = ran.task.result if isinstance(ran.task.result, dict) else {}
    status = found.get("status", "done")
    message = found.get("reason") or f"{found.get('warmed', 0)} entries warmed"
    answer = {
        "success": status == "done",
        "message": message,
        "data": {"task_id": ran.task.id, "status": status, "result": found},
    }
    return Response(encoded(answer), media_type="application/json")
