"""No index without our mark is ever altered, except the one that an approved drop names."""

import pytest

from celeriac.indexes import leftovers, revert
from celeriac.indexes.build import Built
from tests.integration.indexes.drop.words import covered, gone
from tests.integration.indexes.loop import BY_USER, Loop

from .words import rounds

THEIRS = (
    "CREATE INDEX jobs_note ON jobs (note)",
    'CREATE INDEX "Celeriac_1_jobs" ON jobs (note, id)',
    "CREATE INDEX celeriac_jobs_1 ON jobs (note, status)",
    "CREATE INDEX celeriac1_jobs ON jobs (status, note)",
    "CREATE UNIQUE INDEX my_celeriac_1_jobs ON jobs (id, note)",
)
FOREIGN = """
    SELECT string_agg(format('%s %s %s %s %s %s', i.indexrelid, c.relname, i.indisvalid, i.indisready, i.indislive,
        pg_get_indexdef(i.indexrelid)), E'\\n' ORDER BY i.indexrelid)
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname !~ '^celeriac_[0-9]+_' AND c.relname <> ALL (string_to_array(:but, ','))
"""


@pytest.fixture
def theirs(loop: Loop):
    """Other people's indexes, some with names like ours, one of them invalid."""
    for statement in THEIRS:
        loop.sql(statement)
    loop.leave_invalid("somebodys_user_id")
    return lambda but="": loop.sql(FOREIGN, but=but)


def test_a_whole_life_of_a_change_leaves_them_as_they_were(loop: Loop, theirs):
    before = theirs()
    result = loop.build(loop.approved(BY_USER))
    assert isinstance(result, Built)
    rounds(loop)
    assert isinstance(revert.revert(loop.sessions, result.change, loop.policies, reason="a test"), revert.Reverted)
    rounds(loop)
    assert theirs() == before


@pytest.mark.parametrize("state", ["building", "settling", "kept", "reverting", "failed", "lost"])
def test_no_crash_makes_us_mistake_them_for_ours(loop: Loop, theirs, state):
    before = theirs()
    change = loop.built(BY_USER)
    loop.sql(f"DROP INDEX {change.index_name}")
    loop.set_state(change, state)
    rounds(loop)
    assert theirs() == before


def test_an_approved_drop_takes_the_one_it_names_and_no_other(loop: Loop):
    change = covered(loop)
    before = loop.sql(FOREIGN, but="jobs_user")
    assert gone(loop, change).index_name == "jobs_user"
    rounds(loop)
    assert loop.sql(FOREIGN, but="") == before


def test_what_does_not_carry_the_mark_cannot_even_be_asked_for(loop: Loop, theirs):
    with pytest.raises(ValueError, match="is not an index of ours"):
        leftovers.drop_named(loop.sessions, "public", "jobs_note", loop.policies.build)
