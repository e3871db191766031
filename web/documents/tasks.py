"""One run of a task for readers: its state, progress and result, read by its key as Celery's backend keeps it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from celery import states
from celery.backends.base import KeyValueStoreBackend
from celery.utils.saferepr import saferepr
from redis.exceptions import RedisError

from celeriac.errors import CeleriacError
from config.redis import results_client
from config.settings import settings
from web.documents.source import ResultsAway

_ASKED: Final = "celeriac:asked:"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PREFIX: Final = str(KeyValueStoreBackend.task_keyprefix)


class TaskUnknown(CeleriacError):
    """There is no task {id!r}: it was never sent, or its result has expired."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class TaskDocument:
    """One run."""

    id: str
    task: str | None
    target: str | None
    state: str
    """PENDING, STARTED, PROGRESS, RETRY, SUCCESS, FAILURE or REVOKED."""
    finished: bool
    progress: Progress | None
    result: dict[str, Any] | list[Any] | str | int | float | bool | None
    error: str | None
    """The sentence that it failed with."""
    asked_at: str | None
    finished_at: str | None


def task(task_id: str) -> TaskDocument:
    """Return what is known of a run; raises TaskUnknown, ResultsAway."""
    if not is_id(task_id):
        raise TaskUnknown(id=task_id)
    try:
        asked, kept = (_read(one) for one in results_client().mget(_ASKED + task_id, _PREFIX + task_id))
    except RedisError:
        raise ResultsAway from None
    if asked is None and kept is None:
        raise TaskUnknown(id=task_id)
    return document(task_id, asked or {}, kept or {})


def document(task_id: str, asked: dict[str, Any], kept: dict[str, Any]) -> TaskDocument:
    """Put together what was asked for and what the backend keeps."""
    state = str(kept.get("status", states.PENDING))
    held = kept.get("result")
    failed = state in states.EXCEPTION_STATES
    return TaskDocument(
        id=task_id,
        task=asked.get("task") or kept.get("name"),
        target=asked.get("target") or _target(kept),
        state=state,
        finished=state in states.READY_STATES,
        progress=_progress(held) if state == "PROGRESS" else None,
        result=held if state == states.SUCCESS else None,
        error=_sentence(held) if failed else None,
        asked_at=asked.get("asked_at"),
        finished_at=kept.get("date_done") if state in states.READY_STATES else None,
    )


def is_id(task_id: str) -> bool:
    """Say whether it is an id as Celery makes them; nothing else may become part of a key."""
    return _ID.fullmatch(task_id) is not None


def finished(task_id: str) -> bool:
    """Say whether a run has ended, or was lost from sight."""
    try:
        return task(task_id).finished
    except TaskUnknown:
        return True


def remember(task_id: str, task: str, target: str, actor: str) -> None:
    """Keep what was asked for, so that a run can be told from an id that nobody knows."""
    record = {"task": task, "target": target, "actor": actor, "asked_at": datetime.now(UTC)}
    keep_s = int(settings().tasks.result_expires.total_seconds())
    results_client().set(_ASKED + task_id, orjson.dumps(record, option=orjson.OPT_UTC_Z), ex=keep_s)


def forget(task_id: str) -> None:
    """Forget what could not be sent."""
    results_client().delete(_ASKED + task_id)


def _read(stored: Any) -> dict[str, Any] | None:
    if stored is None:
        return None
    found: dict[str, Any] = orjson.loads(stored)
    return found


def _target(kept: dict[str, Any]) -> str | None:
    """Return the target of a run that somebody else sent, as its extended result tells."""
    if not kept.get("name"):
        return None
    kwargs = kept.get("kwargs")
    return str(kwargs.get("target", "main")) if isinstance(kwargs, dict) else "main"


def _progress(held: Any) -> Progress | None:
    if not isinstance(held, dict) or not {"done", "total"} <= held.keys():
        return None
    return Progress(int(held["done"]), int(held["total"]), str(held.get("unit", "")), str(held.get("note", "")))


def _sentence(held: Any) -> str | None:
    """Return what an error said: ours are sentences, of others the kind alone is told."""
    if not isinstance(held, dict):
        return None
    words = held.get("exc_message")
    said = " ".join(str(word) for word in words) if isinstance(words, list | tuple) else str(words or "")
    ours = str(held.get("exc_module", "")).partition(".")[0] in {"celeriac", "config", "tasks", "worker"}
    return said if ours else saferepr(held.get("exc_type"))
