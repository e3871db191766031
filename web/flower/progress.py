"""How far work is: builds by what PostgreSQL says, tasks by what their events say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from celeriac.sql import load
from config.database import read_only

WORTH_SHOWING_S: Final = 2.0
"""Most tasks are over sooner: what comes and goes at once is noise."""
_PROGRESS: Final = re.compile(r"\A(\d+)/(\d+) (.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Build:
    """One index that is being built now."""

    index_name: str | None
    phase: str
    percent: float
    waits_for: int | None


@dataclass(frozen=True, slots=True)
class Running:
    """One task of ours that is running now."""

    id: str
    name: str
    done: int | None
    total: int | None
    note: str
    started: float | None


def builds(target: str) -> tuple[Build, ...]:
    """Return the index builds that run in a target's database."""
    with read_only(target) as connection:
        rows = connection.execute(load(__file__, "builds")).all()
    return tuple(Build(row.index_name, row.phase, round(row.percent, 1), row.waits_for) for row in rows)


def running(tasks: Iterable[Any], now: float) -> tuple[Running, ...]:
    """Return the tasks of ours among Flower's that tell how far they are, or run for a while, the oldest first.

    What a worker that is gone had begun is not running, though no event says that it ended.
    """
    ours = [task for task in tasks if (task.name or "").startswith("celeriac.") and _is_running(task, now)]
    return tuple(_running(task) for task in sorted(ours, key=lambda task: task.started or 0.0))


def _is_running(task: Any, now: float) -> bool:
    if task.worker is not None and not task.worker.alive:
        return False
    return task.state == "PROGRESS" or (task.state == "STARTED" and now - (task.started or now) >= WORTH_SHOWING_S)


def _running(task: Any) -> Running:
    done, total, note = said(task.result if task.state == "PROGRESS" else None)
    return Running(task.uuid, task.name, done, total, note, task.started)


def said(result: Any) -> tuple[int | None, int | None, str]:
    """Read the text of a task-progress event.

    >>> said("3/7 indexes jobs (status)")
    (3, 7, 'indexes jobs (status)')
    >>> said(None)
    (None, None, '')
    """
    found = _PROGRESS.match(result) if isinstance(result, str) else None
    return (int(found[1]), int(found[2]), found[3]) if found else (None, None, "")
