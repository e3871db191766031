"""Every refusal as a problem document, one sentence each: what happened, why, and what to do.

https://www.rfc-editor.org/rfc/rfc9457
"""

import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from kombu.exceptions import OperationalError as BrokerSilent
from pydantic import BaseModel
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from celeriac.alerts.store import AlertUnknown, SilenceEndless, SilenceUnknown
from celeriac.cache.errors import KeyRefused, NameRefused, PatternRefused
from celeriac.errors import CeleriacError
from celeriac.ledger.changes import ChangeMoved, ChangeUnknown, NothingToUndo
from celeriac.ledger.states import ForbiddenTransition
from celeriac.maintenance.runs import RunMoved, RunUnknown
from celeriac.maintenance.states import MoveForbidden
from celeriac.maintenance.undo import ChangedSince
from celeriac.maintenance.undo import NothingToUndo as NoSettings
from config.refusals import (
    ExtensionMissing,
    LedgerMissing,
    PrivilegeMissing,
    TargetAway,
    TargetIsStandby,
    TargetRefused,
)
from config.settings import TargetUnknown
from tasks.cache import RedisSilent
from web.actions import BrokerAway, MessageUnknown
from web.documents.queues import BrokerSilent as QueuesSilent
from web.documents.source import ResultsAway
from web.documents.statements import CursorWrong, StatementUnknown
from web.documents.tasks import TaskUnknown

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 5

_STATUS: Final[Mapping[type[CeleriacError], int]] = {
    TargetUnknown: 404,
    ChangeUnknown: 404,
    RunUnknown: 404,
    StatementUnknown: 404,
    TaskUnknown: 404,
    AlertUnknown: 404,
    SilenceUnknown: 404,
    MessageUnknown: 404,
    ChangeMoved: 409,
    ForbiddenTransition: 409,
    NothingToUndo: 409,
    RunMoved: 409,
    MoveForbidden: 409,
    NoSettings: 409,
    ChangedSince: 409,
    KeyRefused: 422,
    NameRefused: 422,
    PatternRefused: 422,
    SilenceEndless: 422,
    CursorWrong: 422,
    BrokerAway: 503,
    QueuesSilent: 503,
    RedisSilent: 503,
    ResultsAway: 503,
    TargetAway: 503,
    TargetRefused: 503,
    TargetIsStandby: 503,
    PrivilegeMissing: 503,
    ExtensionMissing: 503,
    LedgerMissing: 503,
}


class ProblemDocument(BaseModel):
    """A refusal."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    """The kind of refusal, for programs."""


class Problem(Exception):
    """A refusal that the API itself decides on."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class ProblemRoute(APIRoute):
    """A route whose refusals are problem documents, in whatever application it is mounted."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler with its dependencies."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001 - the edge of the process: nothing but a sentence may leave it
                return answer(request, error)

        return handled


def answer(request: Request, error: Exception) -> Response:
    """Turn what went wrong into its problem document."""
    problem = _problem(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unexpected = problem is not error and problem.status == HTTPStatus.INTERNAL_SERVER_ERROR
        place = f"{request.method} {quote(request.url.path)}"
        logger.log(
            logging.ERROR if unexpected else logging.WARNING,
            "%s was answered %d: %s",
            place,
            problem.status,
            problem.detail,
            exc_info=error if unexpected else None,
        )
    headers = dict(problem.headers)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    return Response(orjson.dumps(document), problem.status, headers, MEDIA_TYPE)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return Problem(422, "RequestWrong", _sentence(error))
        case HTTPException():
            if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that it cannot read
                return Problem(422, "RequestWrong", "body: not valid JSON")
            given = {name.replace("-", "_"): value for name, value in (error.headers or {}).items()}
            return Problem(error.status_code, "Refused", str(error.detail), **given)
        case CeleriacError():
            status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
            return Problem(status, type(error).__name__, str(error))
        case RedisError() | BrokerSilent():
            return Problem(503, "RedisAway", "Redis does not answer; ask again in some seconds.")
        case SQLAlchemyError():
            return Problem(503, "DatabaseBusy", "The database did not answer in time; ask again in some seconds.")
        case _:
            return Problem(500, "Unexpected", f"Something unexpected happened ({type(error).__name__}); it is logged.")


def _sentence(error: RequestValidationError) -> str:
    """Name the first thing that is wrong with a request; what was given is not repeated."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the refusals of an operation for OpenAPI."""
    schema = ProblemDocument.model_json_schema()
    return {status: _documented(status, schema) for status in statuses}


def _documented(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    what, example = _EXAMPLES[status]
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, **example}
    headers = (
        {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
        if status in (429, 503)
        else {}
    )
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
    return {"description": what, "headers": headers, "content": {MEDIA_TYPE: {"schema": schema, "example": document}}}


_EXAMPLES: Final[Mapping[int, tuple[str, dict[str, str]]]] = {
    401: ("No token, or one that is not valid.", {"code": "TokenWrong", "detail": "The token has expired."}),
    403: (
        "The token's scopes do not allow it.",
        {
            "code": "ScopeMissing",
            "detail": "The token lacks the scope performance:approve or performance:approve:main.",
        },
    ),
    404: (
        "Not there.",
        {
            "code": "ChangeUnknown",
            "detail": "There is no change 7 in the ledger of target 'main'; `celeriac ledger` lists them.",
        },
    ),
    409: (
        "Not in this state, or somebody else was faster.",
        {"code": "ForbiddenTransition", "detail": "A change that is kept cannot approve; it can: revert, vanish."},
    ),
    413: (
        "The body is too large.",
        {"code": "BodyTooLarge", "detail": "The body is larger than 262144 bytes."},
    ),
    422: (
        "The request is not as it should be.",
        {"code": "RequestWrong", "detail": "query.limit: input should be less than or equal to 200"},
    ),
    429: ("Too many requests of this subject.", {"code": "TooMany", "detail": "More than 60 requests in this minute."}),
    500: ("The task failed, or something unexpected happened.", {"code": "TaskFailed", "detail": "The task failed: …"}),
    503: (
        "A server is away, or no key is configured.",
        {
            "code": "BrokerAway",
            "detail": "The broker does not take tasks now; nothing was begun, ask again in some seconds.",
        },
    ),
}
