"""The ledger: what was proposed, done and proven; a person's word on a proposal, and the undoing of a change."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response

from celeriac.ledger.states import State
from web import actions
from web.api import examples
from web.api.access import Approving, Permit, Reading
from web.api.answers import DecisionMade, Id, Reason, Words
from web.api.freshness import done, encoded, shown
from web.api.idempotency import Key, Outcome, once, slot
from web.api.problems import ProblemRoute, documented
from web.documents import changes
from web.documents.changes import ChangeDocument, ChangePage

recommendations: APIRouter = APIRouter(prefix="/recommendations", tags=["recommendations"], route_class=ProblemRoute)
router: APIRouter = APIRouter(prefix="/ledger", tags=["ledger"], route_class=ProblemRoute)

_READ = documented(401, 403, 404, 422, 429, 503)
_DECIDE = documented(401, 403, 404, 409, 413, 422, 429, 503)

ChangeId = Annotated[Id, Path(description="The change's number.", examples=[7])]
Table = Annotated[Words | None, Query(description="A table, with or without its schema.", examples=["public.jobs"])]
States = Annotated[
    list[State] | None, Query(alias="state", max_length=20, description="Any of these states.", examples=[["kept"]])
]
Cursor = Annotated[Id | None, Query(description="`next` of the page before.", examples=[41])]
Limit = Annotated[int, Query(ge=1, le=200, description="Entries of a page.", examples=[50])]
Why = Annotated[Reason, Body(examples=[{"reason": "the table is small"}])]


@recommendations.get(
    "",
    operation_id="list_recommendations",
    response_model=ChangePage,
    responses={200: examples.of("list_recommendations"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_recommendations(
    request: Request, permit: Reading, table: Table = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """List what waits for a decision, the newest first."""
    return await _page(request, permit, ["proposed"], table, cursor, limit)


@recommendations.get(
    "/{change_id}",
    operation_id="read_recommendation",
    response_model=ChangeDocument,
    responses={200: examples.of("read_recommendation"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_recommendation(request: Request, permit: Reading, change_id: ChangeId) -> Response:
    """Show one recommendation: why, for which statements, at what size, and how sure it is."""
    return await _one(request, permit, change_id)


@recommendations.post(
    "/{change_id}/approve",
    operation_id="approve_recommendation",
    response_model=DecisionMade,
    responses={200: examples.of("approve_recommendation"), **_DECIDE},
)
async def approve_recommendation(request: Request, permit: Approving, change_id: ChangeId, key: Key = None) -> Response:
    """Approve a proposal; it is built as soon as the guards let it pass."""
    act = partial(actions.approve, permit.target, change_id, actor=permit.actor)
    return await _decide(request, permit, key, None, act)


@recommendations.post(
    "/{change_id}/reject",
    operation_id="reject_recommendation",
    response_model=DecisionMade,
    responses={200: examples.of("reject_recommendation"), **_DECIDE},
)
async def reject_recommendation(
    request: Request, permit: Approving, change_id: ChangeId, why: Why | None = None, key: Key = None
) -> Response:
    """Refuse a proposed or approved change for good."""
    reason = (why or Reason()).reason
    act = partial(actions.reject, permit.target, change_id, actor=permit.actor, reason=reason)
    return await _decide(request, permit, key, reason, act)


@router.get(
    "",
    operation_id="list_changes",
    response_model=ChangePage,
    responses={200: examples.of("list_changes"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_changes(
    request: Request,
    permit: Reading,
    states: States = None,
    table: Table = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List the changes of a target, the newest first."""
    return await _page(request, permit, states, table, cursor, limit)


@router.get(
    "/{change_id}",
    operation_id="read_change",
    response_model=ChangeDocument,
    responses={200: examples.of("read_change"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_change(request: Request, permit: Reading, change_id: ChangeId) -> Response:
    """Show one change: its promise, its proof before and after, how to undo it, and each step with who and why."""
    return await _one(request, permit, change_id)


@router.post(
    "/{change_id}/revert",
    operation_id="revert_change",
    response_model=DecisionMade,
    responses={200: examples.of("revert_change"), **_DECIDE},
)
async def revert_change(
    request: Request, permit: Approving, change_id: ChangeId, why: Why | None = None, key: Key = None
) -> Response:
    """Undo a change: its index is dropped without blocking, and its definition is kept out for a while."""
    reason = (why or Reason()).reason
    act = partial(actions.revert, permit.target, change_id, actor=permit.actor, reason=reason)
    return await _decide(request, permit, key, reason, act)


async def _page(
    request: Request, permit: Permit, states: list[Any] | None, table: str | None, cursor: int | None, limit: int
) -> Response:
    wanted = sorted(set(states)) if states else None
    key = ("changes", permit.target, tuple(wanted or ()), table, cursor, limit)
    read = partial(changes.page, permit.target, state=wanted, table=table, before=cursor, limit=limit)
    return await shown(request, key, read)


async def _one(request: Request, permit: Permit, change_id: int) -> Response:
    return await shown(request, ("change", permit.target, change_id), partial(changes.one, permit.target, change_id))


async def _decide(
    request: Request, permit: Permit, key: str | None, body: Any, act: Callable[[], actions.Decided]
) -> Response:
    place = None if key is None else slot(request, permit.caller.subject, key, body)
    outcome: Outcome = await done(lambda: once(place, lambda: _told(act())))
    return Response(encoded(outcome.value), media_type="application/json")


def _told(decided: actions.Decided) -> dict[str, Any]:
    return {
        "success": True,
        "message": f"Change {decided.change_id} is {decided.state}.",
        **asdict(decided),
    }
