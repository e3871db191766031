"""`celeriac report` on a ledger with a week in it, on one that has just begun, and on none."""

import time

import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.cli.report.gather import NO_LEDGER, NOT_CAPTURED, OLD_LEDGER
from celeriac.ledger.models.caching import WarmRun
from celeriac.ledger.models.findings import Finding
from celeriac.metrics import history
from celeriac.metrics.samplers.cache_library import LOOKUPS
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy
from tests.integration.cli.report_story import SPITE, add, fill


@pytest.fixture
def ledger(ledger_url):
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def week(celeriac, ledger_url):
    fill(ledger_url)
    return celeriac("report", ledger_url, "--format", "json").json()


def test_without_a_ledger_the_counters_of_the_server_are_shown(celeriac, database_url):
    found = celeriac("report", database_url)
    assert found.code == 0
    assert NO_LEDGER in " ".join(found.out.split())
    assert "figures are those of pg_stat_statements" in found.out
    assert "No change was built or proposed yet." in found.out
    assert "Nothing got slower" not in found.out


def test_a_ledger_of_another_version_is_not_read(celeriac, ledger, ledger_url):
    ledger.execute(text("UPDATE celeriac.alembic_version SET version_num = 'zzzz'"))
    ledger.commit()
    assert OLD_LEDGER in " ".join(celeriac("report", ledger_url).out.split())


def test_before_the_first_capture_the_report_says_what_to_run(celeriac, ledger_url):
    document = celeriac("report", ledger_url, "--format", "json").json()
    assert document["notes"] == [NOT_CAPTURED]
    assert document["captured"] is False
    assert document["spans"][0]["label"].startswith("since 20")


def test_a_server_without_the_extension_still_tells_what_the_ledger_knows(celeriac, ledger, ledger_url):
    add(ledger, Finding, target="main", check_name="bloat", subject="jobs", severity="warning",
        sentence="It is bloated.", cure="VACUUM jobs;", evidence={})  # fmt: skip
    ledger.execute(text("DROP EXTENSION pg_stat_statements CASCADE"))
    ledger.commit()
    found = celeriac("report", ledger_url)
    assert found.code == 0
    assert "CREATE EXTENSION" in found.out
    assert "VACUUM jobs;" in found.out


def test_without_ledger_and_extension_there_is_one_sentence(celeriac, database_url, connection):
    connection.execute(text("DROP EXTENSION pg_stat_statements CASCADE"))
    connection.commit()
    found = celeriac("report", database_url)
    assert (found.code, found.err.count("\n")) == (1, 1)
    assert "CREATE EXTENSION" in found.err


def test_what_is_captured_is_shown_with_the_caches(celeriac, ledger, ledger_url):
    ledger.execute(text("CREATE TABLE jobs AS SELECT n AS id, n % 7 AS status FROM generate_series(1, 500) n"))
    ledger.commit()
    capture_now(ledger_url)
    for _ in range(4):
        ledger.execute(text("SELECT count(*) FROM jobs a, jobs b WHERE a.status = 3"))
    ledger.commit()
    capture_now(ledger_url)
    add(ledger, WarmRun, target="main", kind="cache", seconds=1.5, warmed=1_200, bytes=2_048, detail={})
    history.record(
        ledger, "main", [LOOKUPS.of(n, namespace="users", outcome=one) for n, one in ((90.0, "hit"), (10.0, "miss"))]
    )
    ledger.commit()

    shown = celeriac("report", ledger_url)
    document = celeriac("report", ledger_url, "--format", "json").json()

    assert "jobs b WHERE a.status = $1" in shown.out
    assert "90.0%" in shown.out
    assert "1,200 warmed, 2.0 KiB, 1.5 s" in shown.out
    assert document["captured"] is True
    heavy = next(one for one in document["statements"] if "jobs b" in one["query"])
    assert [of["calls"] for of in heavy["spans"]] == [4, 4]
    assert document["cache"]["hit_rates"] == {"users": 0.9}


def test_a_capture_that_stopped_is_said(celeriac, ledger, ledger_url):
    fill(ledger_url)
    ledger.execute(text("DELETE FROM celeriac.statement_window"))
    ledger.execute(
        text(
            "INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server)"
            " VALUES ('main', now() - interval '3 hours', now() - interval '2 hours', false, '{\"other\": {}}')"
        )
    )
    ledger.commit()
    found = celeriac("report", ledger_url).out
    assert "Nothing was captured since" in found
    assert "totals are lower bounds" in found


def test_the_day_and_the_week_stand_side_by_side(week):
    day, all_week = week["spans"]
    assert (day["label"], all_week["label"]) == ("last day", "last week")
    assert (day["slower_begun"], all_week["slower_begun"]) == (2, 4)
    assert day["changes"] == {"approved": 1, "dropped": 1, "kept": 1, "proposed": 2}
    assert (day["saved_ms_per_hour"], all_week["saved_ms_per_hour"]) == (0.0, 34_560.0)
    assert all_week["captured_s"] == pytest.approx(7 * 86_400, rel=0.02)


def test_figures_are_those_of_the_hours(week):
    carts = next(one for one in week["statements"] if one["query"].startswith("UPDATE carts"))
    assert carts["spans"][1]["mean_ms"] == pytest.approx(0.6)
    assert carts["spans"][1]["calls"] == pytest.approx(168 * 5_200 * 1.2, rel=0.02)
    # Of the load: 0.6 ms times the calls an hour.
    assert carts["spans"][1]["ms_per_hour"] == pytest.approx(0.6 * 5_200 * 1.2, rel=0.02)


def test_the_course_shows_when_a_statement_got_slower(week):
    course = next(one["course"] for one in week["statements"] if "sessions" in one["query"])
    assert len(course) == 84
    assert course[-3] == pytest.approx(3.2 * course[-3 - 12], rel=0.01)  # the same hours of the day before
    assert course[-3 - 12] == pytest.approx(course[-3 - 24], rel=0.01)


def test_what_to_do_comes_in_order_and_each_with_its_command(week):
    assert [(one["kind"], one["command"].split("\n")[0][:35]) for one in week["next_steps"]] == [
        ("finding", "ALTER TABLE public.events ALTER COL"),
        ("slower", f"celeriac revert {id_of(week, 'dropped')}"),
        ("approve", f"celeriac approve {id_of(week, 'proposed')}"),
        ("slower", 'celeriac explain "$DATABASE_URL" \'S'),
        ("slower", 'celeriac explain "$DATABASE_URL" \'I'),
        ("finding", "ANALYZE public.orders;"),
        ("approve", f"celeriac approve {max(one['id'] for one in week['changes'])}"),
    ]


def test_every_end_of_a_change_is_told(week):
    told = {(one["kind"], one["state"]): one for one in week["changes"]}
    assert told["build", "kept"]["measured_ms_per_hour"] == 34_560.0
    assert told["build", "kept"]["undo"] == f"celeriac revert {told['build', 'kept']['id']}"
    assert told["build", "reverted"]["measured_ms_per_hour"] == -2_900.0
    assert told["build", "reverted"]["undo"] is None
    assert told["rebuild", "kept"]["undo"] is None
    assert told["rebuild", "kept"]["size_bytes_before"] == 201 * 2**20
    assert told["drop", "dropped"]["undo"] is not None
    assert told["build", "approved"]["held_by"].startswith("the database is busy")
    assert week["saved_ms_per_hour"] == 34_560.0
    assert (week["waiting"], week["waiting_ms_per_hour"]) == (2, 11_400.0)


def test_what_is_older_than_the_spans_is_left_out_but_still_saves(celeriac, ledger_url):
    fill(ledger_url)
    document = celeriac("report", ledger_url, "--since", "1h", "--format", "json").json()
    assert [one["label"] for one in document["spans"]] == ["last hour"]
    assert {one["state"] for one in document["changes"]} == {"approved", "proposed"}
    assert document["saved_ms_per_hour"] == 34_560.0


def test_only_what_fires_is_an_alert_and_silence_is_told(celeriac, ledger_url):
    fill(ledger_url)
    silenced = celeriac("alerts", "silence", ledger_url, "--rule", "replication*")
    assert silenced.code == 0
    (alert,) = celeriac("report", ledger_url, "--format", "json").json()["alerts"]
    assert (alert["rule"], alert["quiet"]) == ("replication_lag", "silenced")
    assert celeriac("alerts", "acknowledge", ledger_url, "--id", str(alert["id"])).code == 0
    (alert,) = celeriac("report", ledger_url, "--format", "json").json()["alerts"]
    assert alert["quiet"].endswith("is at it")


def test_plots_are_drawn_from_the_history(week):
    load, sessions, hits = week["plots"]
    assert len([value for value in load["lines"][0]["values"] if value is not None]) >= 82
    assert [line["name"] for line in sessions["lines"]] == ["idle", "active", "idle in transaction"]
    assert [line["name"] for line in hits["lines"]] == ["PostgreSQL buffers", "cache products"]
    assert all(0.8 < value <= 1 for line in hits["lines"] for value in line["values"] if value is not None)
    assert {mark["label"].split()[-1] for mark in load["marks"]} == {"kept", "reverted", "dropped", "failed"}


def test_samples_are_drawn_where_nothing_was_folded_yet(celeriac, ledger, ledger_url):
    fill(ledger_url)
    ledger.execute(text("DELETE FROM celeriac.metric_rollup"))
    ledger.execute(
        text(
            "INSERT INTO celeriac.metric_sample (series_id, at, value)"
            " SELECT id, now() - n * interval '10 s', 5 FROM celeriac.metric_series, generate_series(1, 30) n"
        )
    )
    ledger.commit()
    document = celeriac("report", ledger_url, "--format", "json").json()
    assert document["plots"][1]["lines"][0]["values"][-1] == 5


def test_a_page_is_written_and_holds_what_others_wrote_as_text(celeriac, ledger_url, tmp_path):
    fill(ledger_url, paused=True)
    found = celeriac("report", ledger_url, "--html", str(tmp_path / "report.html"))
    document = (tmp_path / "report.html").read_text()
    assert found.code == 0
    assert "any browser opens it" in found.out
    assert SPITE not in document
    assert "&lt;/style&gt;&lt;script&gt;" in document
    assert "paused by cli:ann: release &lt;night&gt;" in document
    assert document.count("<svg") >= 3 + 6
    assert "hush" not in document


def test_a_page_can_be_piped(celeriac, ledger_url):
    assert celeriac("report", ledger_url, "--html", "-").out.startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_one_sentence(celeriac, ledger_url, tmp_path):
    found = celeriac("report", ledger_url, "--html", str(tmp_path / "no" / "report.html"))
    assert (found.code, found.err.count("\n")) == (1, 1)
    assert "No such file or directory; name a file in a folder that can be written" in found.err


def test_a_span_that_is_none_is_one_sentence(celeriac, ledger_url):
    found = celeriac("report", ledger_url, "--since", "soon")
    assert (found.code, found.err.count("\n")) == (1, 1)
    assert "'soon' is no span: write --since 1d" in found.err


def test_a_large_ledger_takes_two_seconds_and_less_than_a_megabyte(celeriac, ledger, ledger_url, tmp_path):
    fill(ledger_url)
    for statement in LARGE:
        ledger.execute(text(statement))
    ledger.commit()
    began = time.perf_counter()
    found = celeriac("report", ledger_url, "--html", str(tmp_path / "report.html"), "--top", "20")
    took = time.perf_counter() - began
    document = (tmp_path / "report.html").read_text()
    assert found.code == 0
    assert len(document.encode()) < 1_000_000
    assert "more changes" in document
    assert took < 2 * PATIENCE


def capture_now(url):
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as target, engine.begin() as state:
        capture(target, state, "main", StatementPolicy())


def id_of(document, state):
    return next(one["id"] for one in document["changes"] if one["state"] == state)


PATIENCE = 4
"""A test's machine is shared; that it is not tens of seconds is what is asserted."""

LARGE = (
    """
    INSERT INTO celeriac.change (
        target, kind, state, schema_name, table_name, identity, definition, ddl, origin, reason,
        promised, evidence, actor
    )
    SELECT
        'main', 'build', (ARRAY['kept', 'reverted', 'proposed', 'failed'])[1 + n % 4], 'public', 'jobs', 'large ' || n,
        '{}', repeat('CREATE INDEX ', 20), 'advisor', repeat('it helps ', 30),
        jsonb_build_object('saving_ms_per_hour', n), jsonb_build_object('saved_ms_per_hour', n), 'celeriac'
    FROM generate_series(1, 10000) AS n
    """,
    """
    INSERT INTO celeriac.statement (target, fingerprint, role, text)
    SELECT 'main', 'large ' || n, 'app', repeat('SELECT a_rather_long_column, ', 400) || n
    FROM generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO celeriac.statement_hour (
        target, at, fingerprint, seconds, calls, total_ms, square_ms2, rows, shared_hit_blocks, shared_read_blocks,
        shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms, wal_bytes, plan_ms, time_flutter,
        calls_flutter
    )
    SELECT 'main', hour.at, 'large ' || n, 3600, 10, n, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0.1, 0.1
    FROM (SELECT DISTINCT at FROM celeriac.statement_hour ORDER BY at DESC LIMIT 168) AS hour,
        generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO celeriac.regression (
        target, fingerprint, cause, sentence, ratio, baseline, now, ms_per_hour, first_seen, last_seen
    )
    SELECT 'main', 'large ' || n, 'plan', 'A call takes long', 2, '{}', '{}', n, now(), now()
    FROM generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO celeriac.finding (target, check_name, subject, severity, sentence, cure)
    SELECT 'main', 'bloat', 'table ' || n, 'warning', repeat('It is bloated. ', 10), 'VACUUM;'
    FROM generate_series(1, 2000) AS n
    """,
)
