from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from celeriac.ledger import changes
from celeriac.ledger.migrate import head

CHANGE = changes.Proposal(
    target="main",
    kind="build",
    schema_name="public",
    table_name="jobs",
    identity="0123456789abcdef",
    definition={},
    ddl='CREATE INDEX CONCURRENTLY ON "public"."jobs" USING btree ("status")',
    origin="advisor",
    reason="status is asked for [often]",
    promised={"saving_ms_per_hour": 12_345.0},
    size_bytes_estimated=3 * 1024 * 1024,
)


@pytest.fixture
def admin(ledger_url: str) -> Iterator[Connection]:
    with create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE TABLE jobs AS SELECT n AS id, n % 7 AS status FROM generate_series(1, 500) n"))
        yield connection


def propose(url: str) -> int:
    with create_engine(url, poolclass=NullPool).begin() as ledger:
        proposed = changes.propose(ledger, CHANGE, actor="a person", lasts=timedelta(days=7))
        assert isinstance(proposed, changes.Change)
        return changes.transition(ledger, proposed, "approve", actor="another", reason="go ahead").id


def test_migrate_creates_the_ledger_and_may_run_twice(celeriac, database_url):
    first, second = celeriac("migrate", database_url), celeriac("migrate", database_url)

    assert first.code == second.code == 0
    assert first.out == second.out == f"The ledger is at revision {head()}.\n"
    assert celeriac("ledger", database_url).out == "The ledger of target main holds no change yet.\n"


def test_doctor_names_what_is_missing_and_exits_1(celeriac, database_url):
    found = celeriac("doctor", database_url)

    assert found.code == 1
    assert "celeriac migrate URL" in found.out
    assert "need attention" in found.out


def test_doctor_is_content_with_a_migrated_target(celeriac, ledger_url, admin, redis_url):
    found = celeriac("doctor", ledger_url, "--redis", redis_url, "--format", "json")

    assert found.code == 0
    by_check = {one["check"]: one for one in found.json()}
    assert by_check["pg_stat_statements"]["status"] == "ok"
    assert by_check["ledger"]["said"].startswith("revision")
    assert by_check["indexes"]["said"] == "the role may create indexes on 1 of 1 tables"
    assert by_check["Redis"]["status"] == "ok"


def test_doctor_sees_what_a_stranger_may_not(celeriac, ledger_url, admin):
    admin.execute(text("DROP ROLE IF EXISTS doctor_stranger"))
    admin.execute(text("CREATE ROLE doctor_stranger LOGIN"))
    try:
        url = make_url(ledger_url).set(username="doctor_stranger").render_as_string(hide_password=False)
        found = celeriac("doctor", url, "--format", "json")
        report = celeriac("report", url)
    finally:
        admin.execute(text("DROP ROLE doctor_stranger"))

    by_check = {one["check"]: one for one in found.json()}
    assert found.code == 1
    assert by_check["pg_read_all_stats"]["mend"] == "GRANT pg_read_all_stats TO doctor_stranger;"
    assert by_check["ledger"]["mend"] == "GRANT USAGE, CREATE ON SCHEMA celeriac TO doctor_stranger;"
    assert "0 of 1 tables" in by_check["indexes"]["said"]
    assert by_check["indexes"]["mend"] == "GRANT postgres TO doctor_stranger;"
    assert (report.code, report.err.count("\n")) == (1, 1)
    assert "permission denied" in report.err


def test_doctor_finds_an_invalid_index_and_the_ledger_elsewhere(celeriac, database_url, ledger_url):
    with create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)"))
        with pytest.raises(Exception, match="duplicate"):
            connection.execute(text("CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (id)"))

    found = celeriac("doctor", database_url, "--state-url", ledger_url, "--format", "json")

    by_check = {one["check"]: one for one in found.json()}
    assert by_check["invalid indexes"]["mend"] == "DROP INDEX CONCURRENTLY public.broken;"
    assert by_check["ledger"]["status"] == "ok"


def test_ledger_lists_changes_and_tells_one_step_by_step(celeriac, ledger_url, admin):
    number = propose(ledger_url)

    listed = celeriac("ledger", ledger_url)
    one = celeriac("ledger", ledger_url, "--id", str(number))
    document = celeriac("ledger", ledger_url, "--id", str(number), "--format", "json").json()

    assert listed.code == one.code == 0
    assert "approved" in listed.out
    assert "3.0 MiB" in listed.out
    assert "status is asked for [often]" in one.out
    assert "go ahead" in one.out
    assert [step["to_state"] for step in document["audit"]] == ["proposed", "approved"]
    assert [step["actor"] for step in document["audit"]] == ["a person", "another"]
    assert celeriac("ledger", ledger_url, "--format", "json").json()["changes"][0]["id"] == number


def test_a_paused_target_says_so(celeriac, ledger_url, admin):
    from celeriac.ledger import control

    with create_engine(ledger_url, poolclass=NullPool).begin() as ledger:
        control.pause(ledger, "main", actor="a person", reason="release night")

    assert "Paused: release night" in celeriac("ledger", ledger_url).out


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("ledger",), "run `celeriac migrate` with the same URL"),
        (("ledger", "--id", "7"), "run `celeriac migrate` with the same URL"),
    ],
)
def test_a_database_without_a_ledger_names_the_command(celeriac, database_url, command, sentence):
    found = celeriac(*command, database_url)

    assert (found.code, found.out) == (1, "")
    assert sentence in found.err


def test_a_change_that_is_not_there_is_one_sentence(celeriac, ledger_url):
    found = celeriac("ledger", ledger_url, "--id", "7")

    assert found.code == 1
    assert found.err == "celeriac: There is no change 7 in the ledger of target 'main'; `celeriac ledger` lists them.\n"


def test_an_unknown_database_is_one_sentence(celeriac, postgres_server):
    found = celeriac("report", postgres_server.url("nowhere"))

    assert found.code == 1
    assert 'database "nowhere" does not exist' in found.err
