"""What reconcile does about a drop in each state, given what the catalog shows."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.drop.reconciling import WATCHED, decide, held_names
from celeriac.ledger.changes import Change
from celeriac.ledger.states import State

VALID = IndexState(7, "public", "jobs_user", "jobs", 1, True, True, True, "x USING btree (user_id)", 0, 0)
INVALID = replace(VALID, valid=False)
OTHER = replace(VALID, definition="x USING btree (note)")


def change(state: State, **given: Any) -> Change:
    fields = dict.fromkeys(Change.__dataclass_fields__)
    named = {"kind": "drop", "schema_name": "public", "table_name": "jobs", "index_name": "jobs_user"}
    return Change(**{**fields, **named, "state": state, "definition_hash": VALID.definition_hash, **given})


@pytest.mark.parametrize(
    ("state", "index", "named", "has_table", "action"),
    [
        ("proposed", VALID, VALID, True, "leave"),
        ("approved", INVALID, INVALID, True, "leave"),
        ("approved", None, OTHER, True, "lost"),
        ("dropping", VALID, VALID, True, "try the drop again"),
        ("dropping", INVALID, INVALID, True, "finish drop"),
        ("dropping", None, OTHER, True, "measure the drop"),
        ("drop_verifying", None, None, True, "leave"),
        ("drop_verifying", None, VALID, True, "restored"),
        ("drop_verifying", None, OTHER, True, "leave"),
        ("drop_verifying", None, INVALID, True, "leave"),
        ("drop_verifying", None, None, False, "lost"),
        ("dropped", None, VALID, True, "restored"),
        ("dropped", None, None, False, "leave"),
        ("restoring", None, None, True, "leave"),
        ("restoring", None, None, False, "finish restore"),
        ("restoring", None, VALID, True, "finish restore"),
        ("restoring", None, OTHER, True, "finish restore"),
        ("restoring", None, INVALID, True, "clear the rest"),
    ],
)
def test_each_row_of_the_table(state, index, named, has_table, action):
    assert decide(change(state), index, named, has_table=has_table) == action


def test_what_is_closed_for_good_is_left():
    for state in set(get_args(State)) - set(WATCHED):
        assert decide(change(state), None, VALID, has_table=True) == "leave"


def test_only_what_a_drop_works_on_is_held():
    drops = tuple(change(state) for state in ("dropping", "drop_verifying", "dropped"))
    assert held_names(drops) == {("public", "jobs_user")}
    assert held_names((change("drop_verifying"), change("dropped"), change("restoring", kind="build"))) == frozenset()
