"""In a terminal the report begins with what to do, and obeys nothing that others wrote."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from celeriac.cli.report import telling
from celeriac.cli.report.terminal import show, spark
from tests.unit.cli.report.reports import EMPTY, NOW, change, fault, slower, statement, step


def shown(**more):
    out = StringIO()
    show(replace(EMPTY, **more), Console(file=out, width=160, highlight=False))
    return out.getvalue()


def test_an_empty_report_says_what_there_is_not():
    said = shown()
    for sentence in (telling.NO_STEP, telling.NO_SLOWER, telling.NO_CHANGE, telling.NO_FINDING, telling.NO_ALERT):
        assert sentence in said


def test_a_pause_is_said_before_all_else():
    said = shown(paused="paused by ann: release [night]", next_steps=(step(),))
    assert "Every change is paused by ann: release [night]; `celeriac resume` lifts it." in said
    assert said.index("paused by ann") < said.index("What to do next")


def test_what_to_do_stands_with_its_worth_and_its_command():
    said = shown(next_steps=(step(), step(kind="finding", ms_per_hour=None, severity="critical", command="VACUUM;")))
    assert " 1. 9.0 s an hour, promised: Decide on change 7" in said
    assert "\n      celeriac approve 7\n" in said
    assert " 2. critical finding:" in said


def test_space_is_worth_something_and_what_is_unknown_is_said_to_be():
    freed = step(ms_per_hour=None, frees_bytes=3 * 2**20)
    assert telling.worth(freed) == ("3.0 MiB", "to be freed")
    assert telling.worth(replace(freed, frees_bytes=None)) == ("unknown", "worth")


def test_no_escape_sequence_reaches_the_terminal():
    said = shown(
        next_steps=(step(what="\x1b[2J", command="\x1b]0;x\x07"),),
        slower=(slower(query="\x1b[2J", sentence="\x1b[2J"),),
        changes=(change(state="kept", ddl="\x1b[2J"),),
        statements=(statement(query="\x1b[2J"),),
        findings=(fault(subject="\x1b[2J"),),
        notes=("\x1b[2J",),
    )
    assert "\x1b[2J" not in said
    assert "\x1b]" not in said


def test_what_was_kept_and_what_waits_is_summed_up():
    assert "What was kept saves 1.5 min an hour, as measured; no proposal waits." in shown(saved_ms_per_hour=90_000.0)
    said = shown(saved_ms_per_hour=1_000.0, waiting=2, waiting_ms_per_hour=5_000.0)
    assert "2 proposals waiting for a decision (5.0 s an hour promised)." in said


def test_a_change_says_what_it_brought_or_what_holds_it():
    assert telling.outcome(change(verdict="it saves 3 s")) == "it saves 3 s"
    assert telling.outcome(change(state="approved", held_by="busy")) == "held back: busy"
    assert telling.outcome(change(state="failed", held_by="too long")) == "given up: too long"
    assert telling.outcome(change()) == "status is asked for often"


def test_a_rebuilt_index_shows_both_sizes():
    assert telling.sizes(change(size_bytes=2**20, size_bytes_before=2**22)) == "4.0 MiB -> 1.0 MiB"


def test_what_is_over_says_how_it_ended():
    assert telling.since_when(slower()) == "since 2026-03-04 10:00"
    assert telling.since_when(slower(ended_at=NOW, ending="back")).endswith("12:00: it is back to usual")
    assert telling.since_when(slower(ended_at=NOW, ending="known")).endswith("it ended")


def test_more_changes_than_are_shown_are_counted():
    assert "1,234 more changes: `celeriac ledger` lists them." in shown(changes_left_out=1_234)


def test_a_long_course_is_drawn_in_a_fixed_width():
    assert len(spark([float(n) for n in range(1_000)])) <= 24
    assert spark([None, None]) == "  "
