"""The sample loads small and fast, with the skew that the advisor has to see, and its traffic keeps its mix."""

import threading
import time

import pytest
from sqlalchemy import Connection, create_engine, text
from typer import Typer
from typer.testing import CliRunner

from sandbox.sample import traffic
from sandbox.sample.load import SampleExists, load
from sandbox.sample.mix import DECK, SHAPES
from sandbox.sample.traffic import DatabaseUnreachable, SampleMissing, send

SCALE = 0.02


@pytest.fixture
def sample_url(database_url: str) -> str:
    load(database_url, SCALE)
    return database_url


def run(*arguments: str):
    command = Typer()
    command.command()(traffic.main)
    return CliRunner().invoke(command, arguments)


def test_a_database_without_the_sample_is_refused(database_url: str):
    with pytest.raises(SampleMissing, match=r"sandbox\.sample\.load"):
        next(send(database_url))


def test_an_unreachable_database_is_one_sentence(tmp_path):
    url = f"postgresql+psycopg2://nobody@/nowhere?host={tmp_path}"
    with pytest.raises(DatabaseUnreachable, match="cannot reach its database"):
        next(send(url))
    answer = run("--url", url)
    assert answer.exit_code == 1
    assert "Traceback" not in answer.output


def test_a_second_load_is_refused(sample_url: str):
    with pytest.raises(SampleExists, match="exists in this database already"):
        load(sample_url, SCALE)


def test_tables_have_primary_keys_only_statistics_and_free_sequences(sample_url: str):
    engine = create_engine(sample_url)
    with engine.connect() as connection:
        assert rows(connection) == 40_000
        indexes = connection.scalars(text("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")).all()
        assert len(indexes) == 7
        assert all(name.endswith("_pkey") for name in indexes)
        assert connection.scalar(text("SELECT count(*) FROM pg_stat_user_tables WHERE last_analyze IS NULL")) == 0
        assert (
            connection.scalar(
                text("INSERT INTO users (email, username, full_name, role) VALUES ('', '', '', '') RETURNING id")
            )
            == 801
        )
    engine.dispose()


def test_rare_things_are_rare_and_some_users_own_much(sample_url: str):
    engine = create_engine(sample_url)
    with engine.connect() as connection:
        pending, largest, average = connection.execute(
            text(
                """SELECT sum(pending) / sum(jobs), max(jobs), avg(jobs) FROM (
                     SELECT count(*) AS jobs, count(*) FILTER (WHERE status = 'pending') AS pending
                     FROM scraping_jobs GROUP BY user_id) AS owners"""
            )
        ).one()
    engine.dispose()
    assert 0.005 < pending < 0.02
    assert largest > 20 * average


def test_two_loads_hold_the_same_rows(sample_url: str, ledger_url: str):
    load(ledger_url, SCALE)
    assert fingerprint(sample_url) == fingerprint(ledger_url)


def test_traffic_sends_each_shape_by_its_share_and_stops_when_told(sample_url: str):
    stop = threading.Event()
    for tally in send(sample_url, rate=1_000, clients=2, stop=stop, every_s=0.05):
        if tally.total_calls >= 2 * len(DECK):
            stop.set()
    assert tally.failed == 0
    for shape in SHAPES:
        expected = shape.share * tally.total_calls / len(DECK)
        assert abs(tally.calls[shape.name] - expected) <= shape.share + 2


def test_traffic_keeps_its_rate_and_ends_by_itself(sample_url: str):
    began = time.monotonic()
    *_, tally = send(sample_url, seconds=1.0, rate=50, clients=2)
    assert 1.0 <= time.monotonic() - began < 5.0
    assert 40 <= tally.total_calls <= 51


def test_traffic_survives_a_lost_connection(sample_url: str):
    engine = create_engine(sample_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        tallies = send(sample_url, rate=200, clients=2, every_s=0.05)
        next(tallies)
        ended = connection.scalar(
            text(
                """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = :name"""
            ),
            {"name": traffic.APPLICATION},
        )
        assert ended > 0
        before = next(tally for tally in tallies if tally.failed)
        assert next(tally for tally in tallies if tally.total_calls > before.total_calls + 20)
        tallies.close()
    engine.dispose()


def test_the_command_prints_what_it_sent(sample_url: str):
    answer = run("--url", sample_url, "--seconds", "0.5", "--rate", "100")
    assert answer.exit_code == 0
    assert "job_artifacts" in answer.output


def rows(connection: Connection) -> int:
    tables = connection.scalars(text("SELECT relname FROM pg_stat_user_tables")).all()
    return sum(connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables)


def fingerprint(url: str) -> tuple[object, ...]:
    """Sum up what does not depend on the instant of the load."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                """SELECT (SELECT sum(hashtext(email || role)) FROM users),
                          (SELECT sum(hashtext(url || status || user_id || priority)) FROM scraping_jobs),
                          (SELECT sum(hashtext(artifact_type || job_id || size_bytes)) FROM artifacts)"""
            )
        ).one()
    engine.dispose()
    return tuple(found)
