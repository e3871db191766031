from pathlib import Path
from typing import get_args

import pytest

from celeriac.ledger import models, states
from celeriac.ledger.states import TRANSITIONS, Event, ForbiddenTransition, State

DOC = Path(__file__).parents[3] / "docs" / "states.md"


def test_a_kept_index_cannot_be_built_again():
    with pytest.raises(ForbiddenTransition, match=r"kept cannot begin; it can: revert, vanish\."):
        states.after("kept", "begin")


def test_a_rejected_change_can_do_nothing():
    with pytest.raises(ForbiddenTransition, match=r"it can: nothing\."):
        states.after("rejected", "approve")


def test_the_way_from_proposal_to_kept():
    way = ["approve", "baseline", "begin", "built", "settle", "keep"]
    state: State = "proposed"
    for event in way:
        state = states.after(state, event)
    assert state == "kept"


def test_the_way_of_a_drop_and_back():
    way = ["approve", "drop", "removed", "confirm", "restore", "rebuilt"]
    state: State = "proposed"
    for event in way:
        state = states.after(state, event, "drop")
    assert state == "restored"


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    [("drop", "approved", "baseline"), ("drop", "lost", "reappear"), ("build", "approved", "drop")],
)
def test_a_drop_is_never_built_and_a_build_never_dropped_as_surplus(kind, state, event):
    with pytest.raises(ForbiddenTransition):
        states.after(state, event, kind)


def test_nothing_is_dropped_without_its_inverse():
    assert [state for (state, event) in TRANSITIONS if event == "drop"] == ["approved"]
    assert {state for (state, _), to in TRANSITIONS.items() if to == "drop_verifying"} == {"dropping"}


def test_every_state_can_be_reached_and_every_open_one_can_be_left():
    reached = set(TRANSITIONS.values()) | {"proposed"}
    assert reached == set(get_args(State))
    assert all(states.events(state) for state in reached - states.FINAL)


def test_from_every_open_state_a_final_or_kept_one_can_be_reached():
    for start in get_args(State):
        found, frontier = {start}, [start]
        while frontier:
            state = frontier.pop()
            for (known, _), to in TRANSITIONS.items():
                if known == state and to not in found:
                    found.add(to)
                    frontier.append(to)
        assert found & (states.FINAL | {"kept"}), start


def test_no_index_is_built_without_intent_and_none_intended_without_baseline():
    assert [state for (state, event) in TRANSITIONS if event == "built"] == ["building"]
    assert [state for (state, event) in TRANSITIONS if event == "begin"] == ["baselined"]


def test_the_ledgers_unique_index_leaves_out_exactly_what_is_closed():
    (key,) = [index for index in models.changes.Change.__table__.indexes if index.name == "change_open_key"]
    left_out = str(key.dialect_options["postgresql"]["where"])
    assert all(f"'{state}'" in left_out for state in states.FINAL)
    assert not any(f"'{state}'" in left_out for state in set(get_args(State)) - states.FINAL)


def test_deadlines_fire_what_the_state_allows():
    assert all((state, event) in TRANSITIONS for state, event in states.AT_DEADLINE.items())


def test_the_document_says_what_the_code_does():
    rows = [line.strip("| ").split("|") for line in DOC.read_text().splitlines() if line.startswith("| `")]
    cells = [tuple(cell.strip().strip("`") for cell in row[:3]) for row in rows]
    assert {(state, event): to for state, event, to in cells} == dict(TRANSITIONS)
    assert len(cells) == len(TRANSITIONS)


def test_the_document_tells_what_every_event_does():
    _, _, after = DOC.read_text().partition("## What each event does")
    table = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| ")][2:]
    told = [event.strip() for line in table for event in line.split("|")[1].split(",")]
    assert sorted(told) == sorted(get_args(Event))


def test_the_document_names_states_in_the_codes_order():
    rows = [line.split("`")[1] for line in DOC.read_text().splitlines() if line.startswith("| `")]
    assert rows == [state for state, _ in TRANSITIONS]
