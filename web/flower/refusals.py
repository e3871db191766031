"""Which status the page has that says an error's sentence."""

from http import HTTPStatus
from typing import Final

from celeriac.alerts.store import AlertUnknown, SilenceUnknown
from celeriac.errors import CeleriacError
from celeriac.ledger.changes import ChangeMoved, ChangeUnknown, NothingToUndo
from celeriac.ledger.states import ForbiddenTransition
from celeriac.maintenance.runs import RunMoved, RunUnknown
from celeriac.maintenance.states import MoveForbidden
from celeriac.maintenance.undo import ChangedSince
from celeriac.maintenance.undo import NothingToUndo as NoSettings
from config.settings import TargetUnknown
from web.actions import MessageUnknown
from web.documents.statements import CursorWrong, StatementUnknown


class ArgumentWrong(CeleriacError):
    """The address says {name}={value!r}, which this page does not know; follow a link to it instead."""


_STATUSES: Final[tuple[tuple[type[CeleriacError], HTTPStatus], ...]] = (
    (ArgumentWrong, HTTPStatus.BAD_REQUEST),
    (CursorWrong, HTTPStatus.BAD_REQUEST),
    (TargetUnknown, HTTPStatus.NOT_FOUND),
    (StatementUnknown, HTTPStatus.NOT_FOUND),
    (ChangeUnknown, HTTPStatus.NOT_FOUND),
    (RunUnknown, HTTPStatus.NOT_FOUND),
    (AlertUnknown, HTTPStatus.NOT_FOUND),
    (SilenceUnknown, HTTPStatus.NOT_FOUND),
    (MessageUnknown, HTTPStatus.NOT_FOUND),
    (ChangeMoved, HTTPStatus.CONFLICT),
    (ForbiddenTransition, HTTPStatus.CONFLICT),
    (NothingToUndo, HTTPStatus.CONFLICT),
    (RunMoved, HTTPStatus.CONFLICT),
    (MoveForbidden, HTTPStatus.CONFLICT),
    (NoSettings, HTTPStatus.CONFLICT),
    (ChangedSince, HTTPStatus.CONFLICT),
    (CeleriacError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The first that fits."""


def status(error: CeleriacError) -> HTTPStatus:
    """Return the status of an error: not there, in the way, or away for now.

    >>> status(ChangeUnknown(id=7, target="main"))
    <HTTPStatus.NOT_FOUND: 404>
    """
    return next(status for kind, status in _STATUSES if isinstance(error, kind))
