"""Statements: what loads the server, and one of them with its course."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from web.api import examples
from web.api.access import Reading
from web.api.freshness import shown
from web.api.problems import ProblemRoute, documented
from web.documents import plans, regressions, statements
from web.documents.plans import StatementPlans
from web.documents.regressions import Regression
from web.documents.statements import CURSOR_PATTERN, Order, StatementDocument, StatementTop

router: APIRouter = APIRouter(prefix="/statements", tags=["statements"], route_class=ProblemRoute)

_READ = documented(401, 403, 404, 422, 429, 503)

Fingerprint = Annotated[
    str, Path(pattern="^[0-9a-z]{1,32}$", description="As the list shows it.", examples=["4f1d2a9b8c7e6f50"])
]
Ranked = Annotated[Order, Query(description="What the list is ranked by.", examples=["total_ms"])]
Hours = Annotated[
    int,
    Query(
        ge=1, le=8784, description="Back from now; from twelve on by the hour, which is kept for a year.", examples=[24]
    ),
]
Cursor = Annotated[
    str | None,
    Query(
        pattern=CURSOR_PATTERN,
        description="`next` of the page before; the list stays as it stood when its first page was read.",
        examples=["1772439300000-50"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=500, description="Entries.", examples=[50])]


@router.get(
    "",
    operation_id="list_statements",
    response_model=StatementTop,
    responses={200: examples.of("list_statements"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_statements(
    request: Request,
    permit: Reading,
    order: Ranked = "total_ms",
    hours: Hours = 24,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List the statements of the last hours in an order, what heads it first."""
    read = partial(statements.top, permit.target, order=order, hours=hours, limit=limit, after=cursor)
    return await shown(request, ("statements", permit.target, order, hours, cursor, limit), read)


@router.get(
    "/regressions",
    operation_id="list_regressions",
    response_model=tuple[Regression, ...],
    responses={200: examples.of("list_regressions"), 304: examples.NOT_MODIFIED, **_READ},
)
async def list_regressions(request: Request, permit: Reading) -> Response:
    """List the statements that got slower, with what is held to be the cause."""
    return await shown(request, ("regressions", permit.target), partial(regressions.page, permit.target))


@router.get(
    "/{fingerprint}",
    operation_id="read_statement",
    response_model=StatementDocument,
    responses={200: examples.of("read_statement"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_statement(request: Request, permit: Reading, fingerprint: Fingerprint, hours: Hours = 168) -> Response:
    """Show one statement: its text, its course, the changes that concern it, and whether it got slower."""
    read = partial(statements.one, permit.target, fingerprint, hours=hours)
    return await shown(request, ("statement", permit.target, fingerprint, hours), read)


@router.get(
    "/{fingerprint}/plans",
    operation_id="read_plans",
    response_model=StatementPlans,
    responses={200: examples.of("read_plans"), 304: examples.NOT_MODIFIED, **_READ},
)
async def read_plans(request: Request, permit: Reading, fingerprint: Fingerprint) -> Response:
    """Show how one statement is planned now, and how it would be with the indexes that help it; executes nothing."""
    read = partial(plans.plans, permit.target, fingerprint)
    return await shown(request, ("plans", permit.target, fingerprint), read)
