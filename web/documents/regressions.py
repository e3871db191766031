"""The statements that got slower, busier or are new, each with what came before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celeriac.statements.regressions import store
from config.settings import settings
from web.documents.source import reading


@dataclass(frozen=True, slots=True)
class Regression:
    """One statement that is not as it was; `fingerprint` is `*` for all statements together."""

    id: int
    fingerprint: str
    cause: str
    sentence: str
    ratio: float | None
    """Of time per call, or of calls where the cause is traffic; None for a new statement."""
    ms_per_hour: float
    """What it costs."""
    baseline: dict[str, Any]
    now: dict[str, Any]
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None
    ending: str | None
    """back, accepted, gone or known; None while it is open."""
    change_id: int | None
    """The change of ours that came just before."""


def page(target: str) -> tuple[Regression, ...]:
    """Return the open regressions of a target, the dearest first; raises TargetUnknown."""
    settings().target(target)
    with reading(target) as connection:
        return tuple(_regression(one) for one in store.open_regressions(connection, target))


def of_statement(target: str, fingerprint: str) -> tuple[Regression, ...]:
    """Return what is open of one statement: one at most."""
    with reading(target) as connection:
        known = store.of_statement(connection, target, fingerprint)
    return tuple(_regression(one) for one in known if one.resolved_at is None)


def _regression(stored: store.Regression) -> Regression:
    return Regression(
        id=stored.id,
        fingerprint=stored.fingerprint,
        cause=stored.cause,
        sentence=stored.sentence,
        ratio=stored.ratio,
        ms_per_hour=stored.ms_per_hour,
        baseline=stored.baseline,
        now=stored.now,
        first_seen=stored.first_seen,
        last_seen=stored.last_seen,
        resolved_at=stored.resolved_at,
        ending=stored.ending,
        change_id=stored.change_id,
    )
