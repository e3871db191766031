"""SQL warmers on a real database: what they fill, what stops them, and what is left when they fail."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, select, text

from celeriac.cache import MISS, Cache, cached
from celeriac.cache.warmers import (
    SqlWarmer,
    TaskWarmer,
    WarmPolicy,
    counts_of,
    earned,
    last_counts,
    read,
    record,
    run,
)
from celeriac.ledger.models.caching import WarmRun
from sandbox import sample

SAMPLE = Path(sample.__file__).parent


@pytest.fixture
def users(connection: Connection) -> Connection:
    connection.execute(text("CREATE TABLE users AS SELECT id, 'user' || id AS email FROM generate_series(1, 500) id"))
    connection.commit()
    return connection


def warmer(**changes: object) -> SqlWarmer:
    given = {
        "name": "users",
        "query": "SELECT id, email FROM users ORDER BY id",
        "key": "user:{id}",
        "namespace": "users",
        "ttl_s": 60.0,
    }
    return SqlWarmer(**(given | changes))


def test_a_query_warms_a_key_for_each_row(users: Connection, cache: Cache, other: Cache):
    report = run(users, cache, [warmer()], WarmPolicy())
    assert (report.warmed, report.stopped) == (500, None)
    assert other.get("user:7", namespace="users") == {"id": 7, "email": "user7"}


def test_rows_of_one_key_make_a_list(users: Connection, cache: Cache):
    run(users, cache, [warmer(key="all", shape="rows", query="SELECT id FROM users WHERE id <= 3")], WarmPolicy())
    assert cache.get("all", namespace="users") == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_a_decorated_function_finds_what_was_warmed(users: Connection, cache: Cache, other: Cache):
    run(users, cache, [warmer(tags=("user:{id}",))], WarmPolicy(batch=100))

    @cached(other, namespace="users", key="user:{user_id}", tags=("user:{user_id}",))
    def user(user_id: int) -> dict:
        raise AssertionError("must be a hit")

    assert user(3) == {"id": 3, "email": "user3"}


def test_a_hit_saves_what_warming_cost(users: Connection, cache: Cache):
    run(users, cache, [warmer(query="SELECT id, pg_sleep(0.05)::text FROM users WHERE id = 1")], WarmPolicy())
    cache.get("user:1", namespace="users")
    assert cache.statistics()["users"].saved_ms >= 50


def test_a_query_runs_for_each_row_of_parameters(users: Connection, cache: Cache):
    parametrised = warmer(
        query="SELECT email FROM users WHERE id = :id AND id > :least",
        parameters={"least": 1},
        parameter_query="SELECT id FROM users WHERE id <= 3 ORDER BY id",
        shape="rows",
    )
    report = run(users, cache, [parametrised], WarmPolicy())
    assert report.warmed == 2
    assert cache.get("user:1", namespace="users") is MISS
    assert cache.get("user:2", namespace="users") == [{"email": "user2"}]


def test_the_budget_of_bytes_stops_a_run(users: Connection, cache: Cache):
    report = run(users, cache, [warmer(), warmer(name="later", priority=9)], WarmPolicy(budget_bytes=1_000))
    assert 0 < report.warmed < 50
    assert report.bytes <= 1_000
    assert report.stopped == "the budget of bytes is spent"
    assert [one.warmer for one in report.warmers] == ["users"]


def test_the_budget_of_seconds_stops_a_run(users: Connection, cache: Cache):
    slow = warmer(query="SELECT id, pg_sleep(0.2)::text FROM users WHERE id = 1", priority=0)
    report = run(users, cache, [warmer(name="later"), slow], WarmPolicy(budget_s=0.1))
    assert [one.warmer for one in report.warmers] == ["users"]
    assert report.stopped == "the budget of seconds is spent"


@pytest.mark.parametrize(
    ("wrong", "note"),
    [
        ({"query": "SELECT id FROM nowhere"}, 'its query failed: relation "nowhere" does not exist'),
        ({"query": "SELECT id, pg_sleep(5) FROM users"}, "canceling statement due to statement timeout"),
        ({"query": "SELECT id FROM users WHERE id = :missing"}, "needs the parameter missing"),
        ({"key": "user:{nobody}"}, "nothing is called nobody; known: id, email"),
        ({"query": "SELECT id, 'x'::bytea AS raw FROM users"}, "cannot be cached"),
        ({"query": "SELECT set_config('a.b', 'c', false) AS id; "}, None),
    ],
)
def test_a_warmer_that_fails_is_told_and_the_others_run(users: Connection, cache: Cache, wrong: dict, note):
    report = run(
        users, cache, [warmer(name="wrong", priority=0, **wrong), warmer()], WarmPolicy(statement_timeout_ms=100)
    )
    assert cache.get("user:1", namespace="users") == {"id": 1, "email": "user1"}
    if note is not None:
        assert note in report.warmers[0].note


def test_rows_beyond_the_limit_are_said(users: Connection, cache: Cache):
    report = run(users, cache, [warmer()], WarmPolicy(max_rows=100))
    assert report.warmed == 100
    assert report.warmers[0].note == "a query returned more than 100 rows; the rest was not warmed"


def test_without_redis_a_run_stops_and_says_so(users: Connection, make_cache):
    gone = make_cache(url="redis://127.0.0.1:1/0")
    report = run(users, gone, [warmer()], WarmPolicy())
    assert (report.warmed, report.stopped) == (0, "Redis does not answer")


def test_a_run_tells_its_progress_and_is_interrupted_by_it(users: Connection, cache: Cache):
    told = []
    run(users, cache, [warmer()], WarmPolicy(), lambda *step: told.append(step))
    assert (told[0], told[-1]) == ((0, 1, "users"), (1, 1, ""))

    def interrupt(done: int, total: int, name: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(users, cache, [warmer(), warmer(name="second")], WarmPolicy(), interrupt)


def test_a_run_can_be_ended_between_two_queries_of_one_warmer(users: Connection, cache: Cache):
    beats = []

    def interrupt(done: int, total: int, name: str) -> None:
        beats.append(name)
        if len(beats) == 4:
            raise KeyboardInterrupt

    many = warmer(query="SELECT id FROM users WHERE id = :n", parameter_query="SELECT n FROM generate_series(1, 9) n")
    with pytest.raises(KeyboardInterrupt):
        run(users, cache, [many], WarmPolicy(), interrupt)
    assert cache.get("user:2", namespace="users") == {"id": 2}
    assert cache.get("user:3", namespace="users") is MISS


def test_our_queries_are_signed(users: Connection, cache: Cache):
    run(users, cache, [warmer(query="SELECT id, current_query() AS said FROM users WHERE id = 1")], WarmPolicy())
    assert "/* celeriac:warm_users */" in cache.get("user:1", namespace="users")["said"]


def test_the_budget_of_the_databases_time_stops_a_run(users: Connection, cache: Cache):
    slow = warmer(
        query="SELECT id, pg_sleep(0.06)::text AS slept FROM users WHERE id = :n",
        parameter_query="SELECT n FROM generate_series(1, 50) n",
    )
    report = run(users, cache, [slow], WarmPolicy(budget_database_s=0.1))
    assert 1 <= report.warmed <= 3
    assert report.warmers[0].note == "the budget of the database's time is spent"
    assert report.warmers[0].database_s == pytest.approx(0.06 * report.warmed, abs=0.1)


def test_a_busy_database_is_left_alone(users: Connection, cache: Cache, database_url: str):
    engine = create_engine(database_url, poolclass=NullPool)
    with ThreadPoolExecutor(1) as pool, engine.connect() as application:
        sleeping = pool.submit(application.execute, text("SELECT pg_sleep(1)"))
        time.sleep(0.2)
        report = run(users, cache, [warmer()], WarmPolicy(max_active_sessions=0))
        sleeping.result()
    engine.dispose()
    assert report.warmed == 0
    assert "the database is busy" in report.warmers[0].note


def test_a_task_warmer_sends_a_message_for_each_row_of_parameters(users: Connection, cache: Cache):
    sent = []
    owned = TaskWarmer(
        name="carts",
        task="shop.warm_cart",
        queue="shop",
        namespace="carts",
        parameters={"deep": True},
        parameter_query="SELECT id AS user_id FROM users ORDER BY id LIMIT 5",
    )
    report = run(users, cache, [owned], WarmPolicy(max_sent=3), send=lambda one, given: sent.append((one.queue, given)))
    assert sent == [("shop", {"deep": True, "user_id": n}) for n in (1, 2, 3)]
    assert (report.sent, report.warmed) == (3, 0)
    assert report.warmers[0].note == "the budget of messages is spent"


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("SELECT id FROM nowhere", 'its query failed: relation "nowhere" does not exist'),
        ("SELECT :missing AS id", "needs the parameter missing"),
        (None, "there is nobody to send its task"),
    ],
)
def test_a_task_warmer_that_cannot_send_says_why(users: Connection, cache: Cache, query, note):
    owned = TaskWarmer(name="carts", task="t", queue="q", namespace="carts", parameter_query=query)
    report = run(users, cache, [owned, warmer()], WarmPolicy())
    assert note in next(one.note for one in report.warmers if one.warmer == "carts")
    assert report.warmed == 500


def test_what_the_last_run_earned_is_told_at_the_next(ledger_url: str, cache: Cache):
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as ledger:
        report = run(ledger, cache, [warmer(query="SELECT 1 AS id, pg_sleep(0.02)::text AS slept")], WarmPolicy())
        assert report.spared_ms >= 20
        assert last_counts(ledger, "main") == {}
        record(ledger, "main", report, counts_of(cache.statistics(), ["users", "nowhere"]))
        for _ in range(3):
            cache.get("user:1", namespace="users")
        now = counts_of(cache.statistics(), ["users"])
        (one,) = earned(last_counts(ledger, "main"), now)
    engine.dispose()
    assert (one.namespace, one.hits, one.hit_ratio) == ("users", 3, 1.0)
    assert one.saved_ms >= 60
    assert earned({"users": {"hits": 99, "misses": 0, "saved_us": 0}}, now)[0].hits == 3


def test_a_run_is_recorded(ledger_url: str, cache: Cache):
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as ledger:
        report = run(ledger, cache, [warmer(query="SELECT 1 AS id")], WarmPolicy())
        run_id = record(ledger, "main", report)
        row = ledger.execute(select(WarmRun.kind, WarmRun.warmed, WarmRun.detail).where(WarmRun.id == run_id)).one()
    engine.dispose()
    assert (row.kind, row.warmed) == ("cache", 1)
    assert row.detail["warmers"][0]["warmer"] == "users"


def test_the_samples_warmers_run_on_the_samples_schema(connection: Connection, cache: Cache):
    connection.exec_driver_sql((SAMPLE / "schema.sql").read_text(encoding="utf-8"))
    connection.execute(
        text(
            "INSERT INTO users (id, email, username, full_name, role, last_login_at)"
            " VALUES (1, 'a@b.example', 'ada', 'Ada', 'admin', now())"
        )
    )
    connection.execute(
        text("INSERT INTO scraping_jobs (user_id, url, status) VALUES (1, 'u', 'completed'), (1, 'v', 'failed')")
    )
    connection.execute(
        text(
            "INSERT INTO artifacts (id, job_id, user_id, artifact_type, storage_key, size_bytes)"
            " VALUES (1, 1, 1, 'html', 'k', 10)"
        )
    )
    connection.execute(
        text("INSERT INTO search_index (artifact_id, model_name, title, token_count) VALUES (1, 'mpnet', 'A title', 3)")
    )
    connection.commit()
    report = run(connection, cache, read(SAMPLE / "warmers.toml"), WarmPolicy())
    assert [(one.warmer, one.keys, one.note) for one in report.warmers] == [
        ("user_data", 1, None),
        ("job_statistics", 1, None),
        ("search_results", 1, None),
    ]
    assert cache.get("user:1", namespace="users")["username"] == "ada"
    assert [row["status"] for row in cache.get("jobs:1", namespace="job_statistics")] == ["completed", "failed"]
    assert cache.get("search:1:mpnet", namespace="search")[0]["title"] == "A title"
