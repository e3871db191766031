"""The states in the documentation are those of the code, and what came of a run is told by the figures."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from celeriac.maintenance import states, verify

PAGE = Path(__file__).parents[3] / "docs" / "maintenance.md"
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", re.MULTILINE)


def test_the_documented_moves_are_the_moves():
    written = [((state, event), to) for state, event, to in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert written == list(states.TRANSITIONS.items())


def test_a_move_that_is_not_there_is_refused():
    with pytest.raises(states.MoveForbidden, match="that is done cannot begin; it can: undo"):
        states.after("done", "begin")
    with pytest.raises(states.MoveForbidden, match="it can: nothing"):
        states.after("rejected", "approve")


def before(table, at):
    return {**table.evidence(), "at": at.isoformat()}


def test_only_what_happened_since_it_began_counts(table):
    now = table()
    earlier = before(now, now.analyzed_at - timedelta(seconds=1))
    later = before(now, now.analyzed_at + timedelta(seconds=1))
    for kind in ("analyze", "vacuum"):
        assert verify.is_done(kind, earlier, {}, now)
        assert not verify.is_done(kind, later, {}, now)
    assert not verify.is_done("vacuum", earlier, {}, table(vacuumed_at=None))


def test_the_whole_of_a_partitioned_table_is_known_by_its_statistics(table):
    whole = table(kind="p", analyzed_at=None)
    began = before(whole, table().vacuumed_at)
    assert verify.is_done("analyze", began, {}, whole)
    assert not verify.is_done("analyze", began, {}, table(kind="p", analyzed_at=None, has_statistics=False))
    assert not verify.is_done("analyze", began, {}, table(analyzed_at=None))


def test_settings_are_read_back(table):
    wanted = {"autovacuum_vacuum_scale_factor": "0.02"}
    assert verify.is_done("settings", {}, wanted, table(options=wanted))
    assert not verify.is_done("settings", {}, wanted, table(options={"autovacuum_vacuum_scale_factor": "0.2"}))


def test_what_a_vacuum_could_not_free_is_told(table):
    was = table(dead=50_000, visible_pages=100).evidence()
    assert verify.told("vacuum", was, {}, table(dead=10)) == (
        "49990 of 50000 dead rows are gone; 100% of its pages are all-visible after 10%"
    )
    assert "0 of 50000 dead rows are gone, the others are held back" in verify.told(
        "vacuum", was, {}, table(dead=50_000)
    )


def test_an_empty_table_is_all_visible(table):
    assert table(pages=0, visible_pages=0).visible_ratio == 1.0
