import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from celery import Celery

import tasks
from beat_schedule import ENTRIES, Entry
from celeriac import priorities
from config.sections.working import ScheduleSettings
from worker.schedule import EntryUnknown, schedule

DOCS = Path(__file__).parents[3] / "docs" / "tasks.md"
PRIORITIES = {name: value for name, value in vars(priorities).items() if name.isupper() and isinstance(value, int)}
HOURLY = Entry("celeriac.indexes.recommend", timedelta(hours=1), priorities.NORMAL)


def registered() -> set[str]:
    app = Celery("inventory", set_as_current=False)
    for module in tasks.MODULES:
        import_module(module)
    return {name for name in app.tasks if name.startswith("celeriac.")}


def documented() -> dict[str, dict[str, str]]:
    """The tables of docs/tasks.md: task -> {column: cell}."""
    found: dict[str, dict[str, str]] = {}
    header: list[str] = []
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if line.startswith("| task"):
            header = cells
        elif line.startswith("| `celeriac."):
            found[cells[0]] = found.get(cells[0], {}) | dict(zip(header, cells, strict=True))
    return found


def test_a_period_for_an_entry_that_is_not_there_is_refused():
    with pytest.raises(EntryUnknown, match=r"'indexes_recomend'.*entries: indexes_recommend"):
        schedule((HOURLY,), ["main"], ScheduleSettings(every={"indexes_recomend": timedelta(1)}))


def test_every_entry_runs_for_every_target():
    lines = schedule((HOURLY,), ["main", "reports"], ScheduleSettings())
    assert {name: line["kwargs"] for name, line in lines.items()} == {
        "indexes_recommend@main": {"target": "main"},
        "indexes_recommend@reports": {"target": "reports"},
    }


def test_periods_can_be_changed_together_and_one_by_one():
    minutely = Entry("celeriac.statements.capture", timedelta(minutes=1), priorities.HIGH)
    lines = schedule(
        (HOURLY, minutely), ["main"], ScheduleSettings(speed=60, every={"statements_capture": timedelta(seconds=0.5)})
    )
    assert lines["indexes_recommend@main"]["schedule"] == timedelta(minutes=1)
    assert lines["statements_capture@main"]["schedule"] == timedelta(seconds=0.5)


def test_an_entry_can_be_turned_off():
    assert schedule((HOURLY,), ["main"], ScheduleSettings(every={"indexes_recommend": timedelta(0)})) == {}


@pytest.mark.parametrize("speed", [1.0, 600.0])
def test_every_run_expires_before_the_next_and_has_a_named_priority(speed):
    for line in schedule(ENTRIES, ["main"], ScheduleSettings(speed=speed)).values():
        assert 0 < line["options"]["expires"] < line["schedule"].total_seconds()
        assert line["options"]["priority"] in PRIORITIES.values()


def test_what_is_scheduled_is_registered():
    assert {entry.task for entry in ENTRIES} - registered() == set()


def test_names_are_unique():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


def test_what_is_registered_is_documented_and_the_reverse():
    assert registered() == set(documented())


def test_the_documented_schedule_is_the_schedule():
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    written = {
        task: (timedelta(**{units[row["every"][-1]]: float(row["every"][:-1])}), PRIORITIES[row["priority"]])
        for task, row in documented().items()
        if row.get("every")
    }
    assert written == {entry.task: (entry.every, entry.priority) for entry in ENTRIES}


def test_the_documented_priorities_are_the_constants():
    text = DOCS.read_text(encoding="utf-8")
    assert dict(re.findall(r"\b([A-Z]{3,})=(\d)\b", text)) == {name: str(value) for name, value in PRIORITIES.items()}
