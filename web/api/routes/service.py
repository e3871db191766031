"""What the service itself is: its targets, the schedule and the queues."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response

from config.settings import settings
from web.api import examples
from web.api.access import Anybody, Reading
from web.api.freshness import shown
from web.api.problems import ProblemRoute, documented
from web.documents import overview, queues, schedule, targets
from web.documents.overview import Overview
from web.documents.queues import QueueDocument
from web.documents.schedule import ScheduleLine
from web.documents.targets import Target

router: APIRouter = APIRouter(tags=["service"], route_class=ProblemRoute)

_READ = documented(401, 403, 404, 422, 429, 503)


@router.get(
    "/targets",
    operation_id="list_targets",
    response_model=tuple[Target, ...],
    responses={200: examples.of("list_targets"), 304: examples.NOT_MODIFIED, **documented(401, 403, 429, 503)},
)
async def list_targets(request: Request, known: Anybody) -> Response:
    """List the targets that the caller may read, each with the mode that holds there."""
    allowed = tuple(name for name in sorted(settings().targets) if known.may("read", name))
    return await shown(request, ("targets", allowed), lambda: [targets.target(name) for name in allowed])


@router.get(
    "/overview",
    operation_id="read_overview",
    response_model=Overview,
    responses={200: examples.of("read_overview"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_overview(request: Request, permit: Reading) -> Response:
    """Say whether all is well, what needs a decision, and what was saved so far."""
    return await shown(request, ("overview", permit.target), partial(overview.overview, permit.target))


@router.get(
    "/schedule",
    operation_id="read_schedule",
    response_model=tuple[ScheduleLine, ...],
    responses={200: examples.of("read_schedule"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_schedule(request: Request, permit: Reading) -> Response:
    """Show what runs when on a target, what came of the last run, and what is late."""
    return await shown(request, ("schedule", permit.target), partial(schedule.schedule, permit.target))


@router.get(
    "/queues",
    operation_id="read_queues",
    response_model=QueueDocument,
    responses={200: examples.of("read_queues"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_queues(request: Request, permit: Reading) -> Response:
    """Show what waits in each queue at each priority, for how long, and what no queue took of this target's."""
    return await shown(request, ("queues", permit.target), partial(_queues, permit.target))


def _queues(target: str) -> QueueDocument:
    found = queues.queues()
    return replace(found, quarantined=tuple(one for one in found.quarantined if one.target in (None, target)))
