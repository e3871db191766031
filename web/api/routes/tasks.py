"""Runs of tasks: their state, and their progress as it happens."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from web.api import examples
from web.api.access import Anybody, require
from web.api.events import progress, refuse_too_many
from web.api.freshness import encoded
from web.api.problems import ProblemRoute, documented
from web.api.tokens import Caller
from web.documents import tasks
from web.documents.tasks import TaskDocument

router: APIRouter = APIRouter(prefix="/tasks", tags=["tasks"], route_class=ProblemRoute)

_READ = documented(401, 403, 404, 422, 429, 503)

TaskId = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="As a POST returned it.",
        examples=["0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11"],
    ),
]


@router.get(
    "/{task_id}",
    operation_id="read_task",
    response_model=TaskDocument,
    responses={200: examples.of("read_task"), **_READ},
)
async def read_task(request: Request, known: Anybody, task_id: TaskId) -> Response:
    """Show a run: its state, how far it is, its result or the sentence that it failed with."""
    found = await _permitted(request, known, task_id)
    return Response(encoded(found), headers={"Cache-Control": "no-store"}, media_type="application/json")


@router.get(
    "/{task_id}/events",
    operation_id="follow_task",
    response_class=StreamingResponse,
    responses={200: examples.EVENTS, **_READ},
)
async def follow_task(request: Request, known: Anybody, task_id: TaskId) -> Response:
    """Follow a run by server-sent events: `progress` while it goes on, `done` when it has ended."""
    refuse_too_many(known)
    first = await _permitted(request, known, task_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(progress(request, known, first), headers=headers, media_type="text/event-stream")


async def _permitted(request: Request, known: Caller, task_id: str) -> TaskDocument:
    found = await to_thread.run_sync(partial(tasks.task, task_id))
    require(request, known, "read", found.target or "*")
    return found
