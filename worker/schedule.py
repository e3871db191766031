"""Beat's schedule: `beat_schedule.py` for every target, with the periods the settings ask for."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from beat_schedule import EXPIRES_RATIO, Entry
from celeriac.errors import CeleriacError
from config.sections.working import ScheduleSettings


class EntryUnknown(CeleriacError):
    """Setting CELERIAC_SCHEDULE__EVERY names {name!r}, which is not in the schedule; entries: {known}."""


def schedule(entries: tuple[Entry, ...], targets: Iterable[str], settings: ScheduleSettings) -> dict[str, Any]:
    """Return what Celery calls `beat_schedule`; raises EntryUnknown for a period of an entry that is not there."""
    _refuse_unknown(entries, settings.every)
    chosen = [(entry, settings.every.get(entry.name, entry.every / settings.speed)) for entry in entries]
    return {
        f"{entry.name}@{target}": _line(entry, period, target)
        for entry, period in chosen
        if period
        for target in targets
    }


def _line(entry: Entry, period: timedelta, target: str) -> dict[str, Any]:
    return {
        "task": entry.task,
        "schedule": period,
        "kwargs": {"target": target},
        "options": {"priority": entry.priority, "expires": period.total_seconds() * EXPIRES_RATIO},
    }


def _refuse_unknown(entries: tuple[Entry, ...], every: Mapping[str, timedelta]) -> None:
    known = sorted(entry.name for entry in entries)
    for name in every:
        if name not in known:
            raise EntryUnknown(name=name, known=", ".join(known))
