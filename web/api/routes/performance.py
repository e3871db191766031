"""The composite work: optimize the database, optimize the caching, and tell how both are."""

from typing import Any

from fastapi import APIRouter, Request, Response

from web.api import examples
from web.api.access import Optimizing, Reading
from web.api.answers import CachingOptimized, DatabaseOptimized, Pending
from web.api.freshness import encoded, shown
from web.api.idempotency import Key
from web.api.problems import ProblemRoute, documented
from web.api.waiting import Ran, Wait, pending, run
from web.documents import performance
from web.documents.performance import Monitor, Statistics

router: APIRouter = APIRouter(prefix="/performance", tags=["performance"], route_class=ProblemRoute)

_WORK = {202: examples.pending(Pending), **documented(401, 403, 404, 422, 429, 500, 503)}
_READ = documented(401, 403, 404, 422, 429, 503)


@router.post(
    "/optimize/database",
    operation_id="optimize_database",
    response_model=DatabaseOptimized,
    responses={200: examples.of("optimize_database"), **_WORK, **documented(409)},
)
async def optimize_database(request: Request, permit: Optimizing, wait: Wait = None, key: Key = None) -> Response:
    """Capture, name the slow statements, recommend indexes and, as the target's mode allows, begin to build them."""
    ran = await run(request, permit, "celeriac.performance.optimize_database", wait, key)
    if not ran.task.finished:
        return pending(request, ran)
    found = _found(ran)
    counts = found.get("counts", {})
    message = found.get("reason") or (
        f"{counts.get('slow_queries', 0)} slow statements, {counts.get('recommendations', 0)} recommendations,"
        f" {len(found.get('dispatched', []))} builds begun"
    )
    data = {
        "slow_queries": found.get("slow_queries", []),
        "status": found.get("status", "done"),
        "recommendations": found.get("recommendations", []),
        "counts": counts,
        "dispatched": found.get("dispatched", []),
        "reason": found.get("reason"),
        "task_id": ran.task.id,
    }
    return _answered(message, data)


@router.post(
    "/optimize/caching",
    operation_id="optimize_caching",
    response_model=CachingOptimized,
    responses={200: examples.of("optimize_caching"), **_WORK, **documented(409)},
)
async def optimize_caching(request: Request, permit: Optimizing, wait: Wait = None, key: Key = None) -> Response:
    """Warm the cache by its warmers, and say how its Redis is and what to mend there."""
    ran = await run(request, permit, "celeriac.performance.optimize_caching", wait, key)
    if not ran.task.finished:
        return pending(request, ran)
    found = _found(ran)
    implemented = found.get("cache_implemented", {})
    data = {
        "cache_implemented": implemented,
        "cache_stats": found.get("cache_stats", {}),
        "status": found.get("status", "done"),
        "findings": found.get("findings", []),
        "task_id": ran.task.id,
    }
    return _answered(implemented.get("note") or f"{implemented.get('warmed', 0)} entries warmed", data)


@router.get(
    "/monitor",
    operation_id="monitor",
    response_model=Monitor,
    responses={200: examples.of("monitor"), 304: examples.NOT_MODIFIED, **_READ},
)
async def monitor(request: Request, permit: Reading) -> Response:
    """Tell how database and cache are right now."""
    return await shown(request, ("monitor", permit.target), lambda: performance.monitor(permit.target))


@router.get(
    "/stats",
    operation_id="stats",
    response_model=Statistics,
    responses={200: examples.of("stats"), 304: examples.NOT_MODIFIED, **_READ},
)
async def stats(request: Request, permit: Reading) -> Response:
    """Tell everything that is known of a target in figures: load, changes by state, tasks, caches and metrics."""
    return await shown(request, ("stats", permit.target), lambda: performance.statistics(permit.target))


def _found(ran: Ran) -> dict[str, Any]:
    return ran.task.result if isinstance(ran.task.result, dict) else {}


def _answered(message: str, data: dict[str, Any]) -> Response:
    return Response(encoded({"success": True, "message": message, "data": data}), media_type="application/json")
