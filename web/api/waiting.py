"""Begin a task for a request and wait for its result, as long as the caller wants to and no longer."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import Query, Request, Response

from config.settings import settings
from web.actions import Started, start
from web.api.access import Permit
from web.api.freshness import done, encoded
from web.api.idempotency import Slot, once, slot
from web.api.problems import Problem
from web.documents import tasks
from web.documents.tasks import TaskDocument, TaskUnknown

_FIRST_S: Final = 0.03
_LONGEST_S: Final = 0.5

Wait = Annotated[
    float | None,
    Query(
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description="Seconds to wait for the result, 30 by default and bounded by the service; then 202.",
        examples=[30],
    ),
]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run and what is known of it when the wait is over."""

    task: TaskDocument
    already: bool
    """Somebody else had begun it."""


async def run(
    request: Request,
    permit: Permit,
    task: str,
    wait: float | None,
    key: str | None = None,
    arguments: dict[str, Any] | None = None,
) -> Ran:
    """Begin a task, or join the one under way, and wait for it; raises Problem where it failed."""
    begin = partial(start, task, permit.target, actor=permit.actor, arguments=arguments)
    return await begun(request, permit, begin, wait, key, arguments)


async def begun(
    request: Request,
    permit: Permit,
    begin: Callable[[], Started],
    wait: float | None,
    key: str | None = None,
    body: Any = None,
) -> Ran:
    """Begin work in its own way, and wait for it; raises Problem where it failed, and what `begin` raises."""
    limits = settings().api
    wait_s = limits.wait.total_seconds() if wait is None else min(wait, limits.longest_wait.total_seconds())
    place = None if key is None else slot(request, permit.caller.subject, key, body)
    started: Started = await done(lambda: _begin(place, begin))
    found = await result(request, started.task_id, wait_s)
    if found.finished and found.state != "SUCCESS":
        sentence = f"The task failed: {found.error or found.state}"
        raise Problem(500, "TaskFailed", sentence, Location=location(request, found.id))
    return Ran(found, started.already)


async def result(request: Request, task_id: str, wait_s: float) -> TaskDocument:
    """Return a run when it has ended, or as it is when the time is over or the caller has gone.

    A run that was skipped because the same work was running leads to the one that did it.
    """
    ends = time.monotonic() + wait_s
    pause_s = _FIRST_S
    while True:
        found = await to_thread.run_sync(look, task_id)
        holder = found.result.get("holder") if isinstance(found.result, dict) else None
        if isinstance(holder, str) and tasks.is_id(holder) and holder != task_id:
            task_id = holder
            continue
        left_s = ends - time.monotonic()
        if found.finished or left_s <= 0 or await request.is_disconnected():
            return found
        await asyncio.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, _LONGEST_S)


def look(task_id: str) -> TaskDocument:
    """Return what is known of a run; one of which nothing is known yet is pending."""
    try:
        return tasks.task(task_id)
    except TaskUnknown:
        return tasks.document(task_id, {}, {})


def pending(request: Request, ran: Ran) -> Response:
    """Answer 202 with where to ask for the result."""
    words = "The same work was already under way" if ran.already else "The work has begun"
    body = {
        "success": True,
        "message": f"{words}; ask for its result at Location.",
        "data": {"task_id": ran.task.id, "status": "pending", "already_running": ran.already},
    }
    headers = {"Location": location(request, ran.task.id), "Retry-After": "2"}
    return Response(encoded(body), 202, headers, "application/json")


def location(request: Request, task_id: str) -> str:
    """Return the path of a run, under whatever prefix the router is mounted."""
    return str(request.url_for("read_task", task_id=task_id).path)


def _begin(place: Slot | None, begin: Callable[[], Started]) -> Started:
    if place is None:
        return begin()
    answer = once(place, lambda: begin().task_id)
    return Started(answer.value, already=answer.replayed)
