"""Names are not identities: what has the name of a dropped index, in another schema or on another table, is not it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from celeriac.indexes import drop, reconcile
from celeriac.indexes.build import Failed
from celeriac.indexes.drop import run
from celeriac.ledger import clock
from celeriac.supervision.outcome import Refused

from ..loop import JOBS, TARGET, Loop
from .test_restore import begun, restored
from .words import BY_USER, definition, dropped, gone, proposed, there, unused, watched

ON_ANOTHER_TABLE = "CREATE TABLE work (user_id int); CREATE INDEX jobs_user ON work (user_id)"


@pytest.fixture
def archive(loop: Loop) -> Iterator[str]:
    loop.sql("CREATE SCHEMA archive")
    yield "archive"
    loop.sql("DROP SCHEMA archive CASCADE")


def moved(loop: Loop, schema: str) -> None:
    """The table goes to another schema with its indexes, and a new one of the same name takes its place."""
    loop.sql(f"ALTER TABLE jobs SET SCHEMA {schema}")
    loop.sql(JOBS)
    loop.sql(BY_USER)


def test_an_index_that_moved_to_another_schema_does_not_give_its_name_away(loop: Loop, archive: str):
    change = unused(loop)
    moved(loop, archive)
    result = dropped(loop, change)
    assert isinstance(result, Failed)
    assert (there(loop), there(loop, f"{archive}.jobs_user")) == (True, True)


def test_nor_does_one_that_moved_at_the_last_moment(loop: Loop, archive: str):
    change = loop.set_state(unused(loop), "dropping", build_started_at=clock.now())
    moved(loop, archive)
    assert isinstance(run.finish(loop.sessions, change, loop.policies), Failed)
    assert (there(loop), there(loop, f"{archive}.jobs_user")) == (True, True)


def test_another_table_s_index_of_that_name_is_no_restoration(loop: Loop):
    change = gone(loop)
    loop.sql(ON_ANOTHER_TABLE)
    assert reconcile.reconcile(loop.sessions, TARGET, loop.policies) == ()
    result = restored(loop, begun(loop, change))
    assert isinstance(result, Failed)
    assert result.reason == "another index is called jobs_user now; it was not touched"


def test_another_table_s_invalid_index_of_that_name_is_not_cleared_away(loop: Loop):
    begun(loop, gone(loop))
    loop.sql(ON_ANOTHER_TABLE)
    loop.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'jobs_user'::regclass")
    reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert there(loop)
    loop.sql("DROP TABLE work")


def test_a_table_that_moved_to_another_schema_takes_its_index_back(loop: Loop, archive: str):
    change = begun(loop, gone(loop))
    loop.sql("ALTER TABLE jobs SET SCHEMA archive")
    assert isinstance(restored(loop, change), drop.Restored)
    assert there(loop, "archive.jobs_user")


def test_a_table_whose_place_another_took_does_not(loop: Loop):
    change = begun(loop, gone(loop))
    loop.sql("ALTER TABLE jobs RENAME TO jobs_of_old")
    loop.sql("CREATE TABLE jobs (id int)")
    result = restored(loop, change)
    assert isinstance(result, Failed)
    assert (result.reason, there(loop)) == ("table public.jobs is gone, and its indexes with it", False)


@pytest.mark.parametrize("refused", ["SET default_transaction_read_only = on", "SET ROLE pg_monitor"])
def test_a_server_that_lets_us_write_nothing_postpones_it(loop: Loop, refused: str):
    change = begun(loop, gone(loop))
    loop.sessions.ddl.execute(text(refused))
    assert isinstance(restored(loop, change), Refused)
    loop.sessions.ddl.execute(text("RESET ROLE; SET default_transaction_read_only = off"))
    assert isinstance(restored(loop, change), drop.Restored)


@pytest.fixture
def words(loop: Loop) -> Iterator[None]:
    """A schema with a function, which every session finds without being told where."""
    loop.sql("CREATE SCHEMA words")
    loop.sql("CREATE FUNCTION words.flat(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)'")
    yield
    loop.sql("DROP SCHEMA words CASCADE")


def test_it_comes_back_whatever_the_search_path_is_by_then(loop: Loop, words):
    name = loop.sql("SELECT current_database()")
    loop.sql(f"ALTER DATABASE {name} SET search_path = public, words")
    try:
        loop.sessions.watch.execute(text("SET search_path = public, words"))
        loop.sql("CREATE INDEX jobs_flat ON jobs (words.flat(status))")
        watched(loop)
        ((change,), _) = proposed(loop)
        change = gone(loop, loop.approve(change, "anna"))
    finally:
        loop.sql(f"ALTER DATABASE {name} RESET search_path")
        loop.sessions.watch.execute(text("RESET search_path"))
    assert isinstance(restored(loop, begun(loop, change)), drop.Restored)
    assert "words.flat(status)" in definition(loop, "jobs_flat")
