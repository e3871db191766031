from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import text

from celeriac.statements.capture import STARTING_POINT
from celeriac.statements.lifetime import read_lifetime

from .conftest import POLICY, Watched

JOBS = "SELECT count(*) FROM jobs WHERE status = :status"


def test_the_first_capture_only_sets_the_starting_point(watched: Watched):
    watched.run(JOBS, times=3, status=1)

    first = watched.capture()

    assert (first.started_at, first.statements, first.note) == (None, 0, STARTING_POINT)
    assert watched.window() is None


def test_a_window_holds_what_ran_since_the_last_capture(watched: Watched):
    watched.run(JOBS, times=3, status=1)
    first = watched.capture()
    watched.run(JOBS, times=5, status=2)

    second = watched.capture()

    assert second.started_at == first.ended_at
    assert second.complete
    measured = watched.statement("FROM jobs")
    assert measured.counters.calls == 5
    assert measured.counters.rows == 5
    assert measured.counters.blocks >= 5
    assert measured.counters.total_ms > 0
    assert measured.text == "SELECT count(*) FROM jobs WHERE status = $1"
    assert measured.role == "postgres"
    assert len(measured.query_ids) == 1


def test_the_variance_of_a_window_is_the_servers_own(watched: Watched):
    watched.capture()
    watched.run("SELECT count(*) FROM jobs a, jobs b WHERE a.status = :status", times=9, status=3)
    watched.capture()

    with watched.ours.connect() as connection:
        deviation, calls = connection.execute(
            text(
                "SELECT stddev_exec_time, calls FROM pg_stat_statements WHERE query LIKE '%jobs a, jobs b%'"
                " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        ).one()

    measured = watched.statement("jobs a, jobs b").counters
    assert measured.variance_ms2 == pytest.approx(deviation**2 * calls / (calls - 1), rel=1e-6)


def test_a_statement_met_for_the_first_time_counts_from_zero(watched: Watched):
    watched.capture()
    watched.run("SELECT max(id) FROM jobs", times=4)
    watched.capture()

    assert watched.statement("max(id)").counters.calls == 4


def test_windows_add_up(watched: Watched):
    watched.capture()
    for _ in range(3):
        watched.run(JOBS, times=2, status=1)
        last = watched.capture()

    assert watched.statement("FROM jobs").counters.calls == 6
    assert watched.window(after_id=last.window_id - 1).statements[0].counters.calls == 2
    assert watched.window(up_to_id=last.window_id - 1).ended_at == last.started_at
    assert watched.window(after_id=last.window_id) is None
    assert watched.window(since=last.ended_at) is None
    assert watched.window(until=last.started_at).ended_at == last.started_at


def test_our_own_work_is_left_out(watched: Watched):
    watched.capture()
    watched.ledger("SELECT count(*) FROM jobs WHERE id < 10")
    watched.run("SELECT count(*) FROM celeriac.change")
    watched.run("SELECT count(*) FROM jobs")
    watched.capture()
    watched.capture()

    texts = [statement.text for statement in watched.window().statements]
    assert not [one for one in texts if "celeriac" in one or "id <" in one]
    assert "SELECT count(*) FROM jobs" in texts


def test_what_cannot_be_optimized_is_part_of_the_load_only(watched: Watched):
    watched.capture()
    watched.run("SET work_mem = '4MB'", times=2)
    watched.run("CREATE TABLE other (a int)")
    captured = watched.capture()

    window = watched.window()
    assert not [one.text for one in window.statements if "work_mem" in one.text or "CREATE" in one.text]
    assert window.other.calls >= 3
    assert window.other.total_ms > 0
    assert captured.calls >= window.other.calls


def test_texts_that_differ_in_their_trace_comment_are_one_statement(watched: Watched):
    watched.capture()
    watched.run("/* trace 1 */ SELECT min(id) FROM jobs")
    watched.capture()
    watched.run("SELECT pg_stat_statements_reset()")
    watched.run("/* trace 2 */ SELECT min(id) FROM jobs /* route=x */")
    watched.capture()

    assert watched.statement("min(id)").counters.calls == 2


def test_lists_of_any_length_are_one_statement(watched: Watched):
    watched.capture()
    for length in (1, 2, 5):
        watched.run(f"SELECT count(*) FROM jobs WHERE id IN ({', '.join('7' * length)}) AND status = 3")
    watched.capture()

    assert watched.statement("id IN").counters.calls == 3


def test_a_statement_that_never_ran_again_has_no_text_in_the_ledger(watched: Watched):
    watched.run(JOBS, status=1)
    watched.capture()

    assert watched.ledger("SELECT count(*) FROM celeriac.statement") == 0


def test_a_recreated_table_changes_the_queryid_and_not_the_statement(watched: Watched):
    watched.capture()
    watched.run(JOBS, status=1)
    watched.capture()
    watched.run("ALTER TABLE jobs RENAME TO old_jobs")
    watched.run("CREATE TABLE jobs AS SELECT * FROM old_jobs")
    watched.run(JOBS, times=2, status=1)
    watched.capture()

    measured = watched.statement("FROM jobs WHERE")
    assert measured.counters.calls == 3
    names_count = watched.application.dialect.server_version_info >= (18,)  # instead of the table's oid
    assert len(measured.query_ids) == (1 if names_count else 2)


def test_a_reset_loses_no_more_than_what_preceded_it(watched: Watched):
    watched.capture()
    watched.run(JOBS, times=5, status=1)
    watched.run("SELECT pg_stat_statements_reset()")
    watched.run(JOBS, times=7, status=1)
    captured = watched.capture()

    assert watched.statement("FROM jobs").counters.calls == 7
    assert not captured.complete
    assert "reset" in captured.note


def test_one_statement_that_was_reset_alone_begins_at_zero(watched: Watched):
    watched.run(JOBS, times=5, status=1)
    watched.capture()
    watched.run(
        "SELECT pg_stat_statements_reset(userid, dbid, queryid) FROM pg_stat_statements WHERE query LIKE '%FROM jobs%'"
    )
    watched.run(JOBS, times=2, status=1)
    captured = watched.capture()

    assert watched.statement("FROM jobs").counters.calls == 2
    assert not captured.complete
    assert "evicted or reset: 1" in captured.note


@pytest.mark.parametrize("told_by", ["stats_reset", "postmaster_started_at"])
def test_counters_of_another_server_are_a_new_starting_point(watched: Watched, told_by: str):
    watched.capture()
    if watched.ledger(f"SELECT server ->> '{told_by}' FROM celeriac.statement_window") is None:
        pytest.skip("pg_stat_statements keeps the instant of its reset from version 1.9 on")
    watched.run(JOBS, times=5, status=1)
    watched.ledger(
        "UPDATE celeriac.statement_window"
        f" SET server = server || jsonb_build_object('{told_by}', now() - interval '1 day')"
    )
    captured = watched.capture()
    watched.run(JOBS, times=2, status=1)
    watched.capture()

    assert (captured.started_at, captured.statements, captured.complete) == (None, 0, False)
    assert "another server" in captured.note
    assert watched.statement("FROM jobs").counters.calls == 2


def test_captures_at_once_count_nothing_twice(watched: Watched):
    watched.capture()
    watched.run(JOBS, times=50, status=1)

    with ThreadPoolExecutor(4) as pool:
        captured = list(pool.map(lambda _: watched.capture(), range(4)))

    assert watched.statement("FROM jobs").counters.calls == 50
    ordered = sorted(captured, key=lambda one: one.window_id)
    assert all(later.started_at == earlier.ended_at for earlier, later in pairwise(ordered))


def test_beyond_the_most_that_is_stored_statements_still_count(watched: Watched):
    watched.capture()
    watched.run(JOBS, times=3, status=1)
    watched.run("SELECT max(id) FROM jobs", times=4)
    captured = watched.capture(replace(POLICY, max_statements=1))

    window = watched.window()
    assert len(window.statements) == 1
    assert window.other.calls + window.statements[0].counters.calls == captured.calls >= 7


def test_a_bulk_load_is_no_statement_to_optimize(watched: Watched):
    watched.capture()
    watched.run(f"SELECT id FROM jobs WHERE id > 0 /* inside {'x' * 200} */ AND id < 3")
    watched.capture(replace(POLICY, max_text_chars=100))

    assert watched.window().other.calls >= 1
    assert watched.statement("inside") is None


def test_an_idle_window_is_written_too(watched: Watched):
    watched.capture()
    watched.capture()
    watched.capture()

    assert watched.window().statements == ()


def test_the_lifetime_is_one_window_without_a_ledger(watched: Watched):
    watched.run(JOBS, times=6, status=1)

    with watched.ours.connect() as connection:
        window = read_lifetime(connection, "main", POLICY)

    found = next(one for one in window.statements if "FROM jobs" in one.text)
    assert (found.counters.calls, found.role, len(found.query_ids)) == (6, "postgres", 1)
    assert window.started_at < window.ended_at
