"""What watches: findings, alerts and their silences."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query, Request, Response

from web import actions
from web.api import examples
from web.api.access import Optimizing, Reading
from web.api.answers import Id, Quiet
from web.api.freshness import done, encoded, shown
from web.api.idempotency import Key, Outcome, once, slot
from web.api.problems import ProblemRoute, documented
from web.documents import alerts, findings
from web.documents.alerts import AlertPage, SilenceLine
from web.documents.findings import FindingPage

router: APIRouter = APIRouter(tags=["watching"], route_class=ProblemRoute)

_READ = documented(401, 403, 404, 422, 429, 503)
_CHANGE = documented(401, 403, 404, 409, 413, 422, 429, 503)

Severe = Annotated[
    Literal["warning", "critical"] | None, Query(description="Only this severity.", examples=["critical"])
]


@router.get(
    "/findings",
    operation_id="list_findings",
    response_model=FindingPage,
    responses={200: examples.of("list_findings"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_findings(request: Request, permit: Reading, severity: Severe = None) -> Response:
    """List what the health checks found, the worst first, each with the statement that mends it."""
    read = partial(findings.page, permit.target, severity=severity)
    return await shown(request, ("findings", permit.target, severity), read)


@router.get(
    "/alerts",
    operation_id="list_alerts",
    response_model=AlertPage,
    responses={200: examples.of("list_alerts"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_alerts(request: Request, permit: Reading) -> Response:
    """List the pending and firing alerts, what was resolved of late, and the silences in force."""
    return await shown(request, ("alerts", permit.target), partial(alerts.page, permit.target))


@router.post(
    "/alerts/silences",
    operation_id="silence_alerts",
    status_code=201,
    response_model=SilenceLine,
    responses={201: examples.of("silence_alerts"), **_CHANGE},
)
async def silence_alerts(
    request: Request,
    permit: Optimizing,
    quiet: Annotated[Quiet, Body(examples=[{"rule": "disk_*", "minutes": 60, "reason": "the disk is being swapped"}])],
    key: Key = None,
) -> Response:
    """Let nobody be told of some alerts for a while."""
    act = partial(
        actions.silence,
        permit.target,
        actor=permit.actor,
        lasts=timedelta(minutes=quiet.minutes),
        reason=quiet.reason,
        rule=quiet.rule,
        subject=quiet.subject,
    )
    place = None if key is None else slot(request, permit.caller.subject, key, quiet.model_dump())
    outcome: Outcome = await done(lambda: once(place, act))
    return Response(encoded(outcome.value), 201, media_type="application/json")


@router.delete(
    "/alerts/silences/{silence_id}",
    operation_id="lift_silence",
    response_model=SilenceLine,
    responses={200: examples.of("lift_silence"), **documented(401, 403, 404, 422, 429, 503)},
)
async def lift_silence(
    permit: Optimizing, silence_id: Annotated[Id, Path(description="The silence's number.", examples=[3])]
) -> Response:
    """End a silence before its time."""
    lifted = await done(partial(actions.lift, permit.target, silence_id, actor=permit.actor))
    return Response(encoded(lifted), media_type="application/json")
