"""Maintenance: what tables need and what was done for them; a person's word on it, and the undoing of settings."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response

from celeriac.maintenance.policy import Kind
from celeriac.maintenance.states import State
from web import actions
from web.actions.maintenance import RunDecided
from web.api import examples
from web.api.access import Approving, Permit, Reading
from web.api.answers import Id, MaintenanceDecided, MaintenanceUndone, Pending, Reason, Words
from web.api.freshness import done, encoded, shown
from web.api.idempotency import Key, Outcome, once, slot
from web.api.problems import ProblemRoute, documented
from web.api.waiting import Wait, begun, pending
from web.documents import maintenance
from web.documents.maintenance import RunDocument, RunPage

router: APIRouter = APIRouter(prefix="/maintenance", tags=["maintenance"], route_class=ProblemRoute)

_READ = documented(401, 403, 404, 422, 429, 503)
_DECIDE = documented(401, 403, 404, 409, 413, 422, 429, 503)

RunId = Annotated[Id, Path(description="The run's number.", examples=[3])]
States = Annotated[
    list[State] | None, Query(alias="state", max_length=20, description="Any of these states.", examples=[["done"]])
]
OfKind = Annotated[Kind | None, Query(description="Runs of this kind alone.", examples=["vacuum"])]
Table = Annotated[Words | None, Query(description="A table, with or without its schema.", examples=["public.events"])]
Cursor = Annotated[Id | None, Query(description="`next` of the page before.", examples=[41])]
Limit = Annotated[int, Query(ge=1, le=200, description="Entries of a page.", examples=[50])]
Why = Annotated[Reason, Body(examples=[{"reason": "a staging table"}])]


@router.get(
    "",
    operation_id="list_maintenance",
    response_model=RunPage,
    responses={200: examples.of("list_maintenance"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_maintenance(
    request: Request,
    permit: Reading,
    states: States = None,
    kind: OfKind = None,
    table: Table = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List what tables need and what was done for them, the newest first; `state=proposed` waits for a decision."""
    wanted = sorted(set(states)) if states else None
    key = ("maintenance", permit.target, tuple(wanted or ()), kind, table, cursor, limit)
    read = partial(maintenance.page, permit.target, state=wanted, kind=kind, table=table, before=cursor, limit=limit)
    return await shown(request, key, read)


@router.get(
    "/{run_id}",
    operation_id="read_maintenance",
    response_model=RunDocument,
    responses={200: examples.of("read_maintenance"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_maintenance(request: Request, permit: Reading, run_id: RunId) -> Response:
    """Show one run: why the table needs it, its figures before and after, how to undo it, and each step."""
    return await shown(request, ("run", permit.target, run_id), partial(maintenance.one, permit.target, run_id))


@router.post(
    "/{run_id}/approve",
    operation_id="approve_maintenance",
    response_model=MaintenanceDecided,
    responses={200: examples.of("approve_maintenance"), **_DECIDE},
)
async def approve_maintenance(request: Request, permit: Approving, run_id: RunId, key: Key = None) -> Response:
    """Approve a proposal; it is run as soon as the guards let it pass."""
    act = partial(actions.maintenance.approve, permit.target, run_id, actor=permit.actor)
    return await _decide(request, permit, key, None, act)


@router.post(
    "/{run_id}/reject",
    operation_id="reject_maintenance",
    response_model=MaintenanceDecided,
    responses={200: examples.of("reject_maintenance"), **_DECIDE},
)
async def reject_maintenance(
    request: Request, permit: Approving, run_id: RunId, why: Why | None = None, key: Key = None
) -> Response:
    """Refuse a proposed or approved run; its table is left alone for a while."""
    reason = (why or Reason()).reason
    act = partial(actions.maintenance.reject, permit.target, run_id, actor=permit.actor, reason=reason)
    return await _decide(request, permit, key, reason, act)


@router.post(
    "/{run_id}/revert",
    operation_id="revert_maintenance",
    response_model=MaintenanceUndone,
    responses={200: examples.of("revert_maintenance"), 202: examples.pending(Pending), **_DECIDE, **documented(500)},
)
async def revert_maintenance(
    request: Request, permit: Approving, run_id: RunId, why: Why | None = None, wait: Wait = None, key: Key = None
) -> Response:
    """Give a table back exactly the settings that it had before a run; what was analyzed or vacuumed stays so."""
    reason = (why or Reason()).reason
    begin = partial(actions.maintenance.revert, permit.target, run_id, actor=permit.actor, reason=reason)
    ran = await begun(request, permit, begin, wait, key, reason)
    if not ran.task.finished:
        return pending(request, ran)
    found = ran.task.result if isinstance(ran.task.result, dict) else {}
    status, refused = found.get("status", "reverted"), found.get("reason")
    answer = {
        "success": refused is None,
        "message": f"It was not undone: {refused}." if refused else "The table has the settings that it had before.",
        "data": {"task_id": ran.task.id, "run_id": run_id, "status": status, "reason": refused},
    }
    return Response(encoded(answer), media_type="application/json")


async def _decide(
    request: Request, permit: Permit, key: str | None, body: Any, act: Callable[[], RunDecided]
) -> Response:
    place = None if key is None else slot(request, permit.caller.subject, key, body)
    outcome: Outcome = await done(lambda: once(place, lambda: _told(act())))
    return Response(encoded(outcome.value), media_type="application/json")


def _told(decided: RunDecided) -> dict[str, Any]:
    message = f"Maintenance run {decided.run_id} is {decided.state}."
    return {"success": True, "message": message, **asdict(decided)}
