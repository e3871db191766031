"""Start a task for somebody: the same work on the same target is begun once, and who asked stands in the audit."""

import uuid
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import RedisError

from celeriac.ledger import audit
from celeriac.priorities import NORMAL
from config.database import ledger
from config.redis import results_client
from config.settings import settings
from web.actions.producer import BrokerAway, send
from web.documents import tasks
from web.documents.source import ResultsAway

__all__ = ["BrokerAway", "Started", "start", "under_way"]

_UNDER_WAY: Final = "celeriac:asked-for:{task}:{target}"
# Put our id there unless another's is; a finished one's place is taken.
_CLAIM: Final = """
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[2] then return held end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return ARGV[1]
"""


@dataclass(frozen=True, slots=True)
class Started:
    """The run that does the work; `already` where somebody else had begun it."""

    task_id: str
    already: bool


def start(
    task: str,
    target: str,
    *,
    actor: str,
    arguments: dict[str, Any] | None = None,
    task_id: str | None = None,
    queue: str | None = None,
) -> Started:
    """Send a task of a target, or return the one that is under way; with other arguments it is other work.

    `queue` where it is not the one that the task is routed to.

    Raises TargetUnknown, BrokerAway, ResultsAway, and what the ledger says where the audit cannot be written.
    """
    settings().target(target)
    given = {**(arguments or {}), "target": target}
    ours = task_id or str(uuid.uuid4())
    try:
        return _start(task, target, ours, actor, given, queue)
    except RedisError:
        raise ResultsAway from None


def under_way(task: str, target: str) -> str | None:
    """Return the id of the run that does this now, or waits to: the lease knows of the former, we of the latter."""
    return _look(task, target)[0]


def _look(task: str, target: str) -> tuple[str | None, str]:
    """Return the run that is under way, and the one that was asked for and has ended, whose place may be taken."""
    running, asked = results_client().mget(f"celeriac:lease:{task}:{target}", _place(task, target))
    ended = str(asked) if asked and tasks.finished(str(asked)) else ""
    if running and tasks.is_id(str(running)):
        return str(running), ended
    return (str(asked) if asked and not ended else None), ended


def _start(task: str, target: str, ours: str, actor: str, given: dict[str, Any], queue: str | None) -> Started:
    if len(given) > 1:
        _send(task, target, ours, actor, given, queue)
        return Started(ours, already=False)
    held, ended = _look(task, target)
    if held is not None:
        return Started(held, already=held != ours)
    tasks.remember(ours, task, target, actor)  # an id that nobody knows counts as ended
    got = _claim(task, target, ours, ended)
    if got != ours:
        tasks.forget(ours)
        return Started(got, already=True)
    try:
        _send(task, target, ours, actor, given, queue)
    except BaseException:
        _let_go(task, target, ours)
        raise
    return Started(ours, already=False)


def _send(task: str, target: str, ours: str, actor: str, given: dict[str, Any], queue: str | None) -> None:
    with ledger(target) as state:
        audit.record(state, target, to_state="asked", actor=actor, reason=task, evidence={"task_id": ours, **given})
    tasks.remember(ours, task, target, actor)
    routed = {} if queue is None else {"queue": queue}
    expires_s = settings().api.task_expires.total_seconds()
    send(task, given, task_id=ours, priority=NORMAL, expires=expires_s, **routed)


def _claim(task: str, target: str, ours: str, ended: str) -> str:
    keep_s = int(settings().api.task_expires.total_seconds()) + 1  # by then it runs, and the lease tells, or never will
    return str(results_client().eval(_CLAIM, 1, _place(task, target), ours, ended, str(keep_s)))


def _let_go(task: str, target: str, ours: str) -> None:
    client = results_client()
    try:
        if client.get(_place(task, target)) == ours:
            client.delete(_place(task, target))
        tasks.forget(ours)
    except RedisError:
        return  # the claim runs out by itself


def _place(task: str, target: str) -> str:
    return _UNDER_WAY.format(task=task, target=target)
