"""A shop of jobs and users, filled once, and two verbs: `assert_suggests` and `assert_refuses`."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from celeriac.indexes import ddl
from celeriac.indexes.index import Advice
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.workload import from_texts
from sandbox.databases import database
from sandbox.postgres import PostgresServer

SHOP = """
CREATE TABLE users (
    id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, country text COLLATE "C" NOT NULL, bio text NOT NULL
);
CREATE TABLE jobs (
    id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, status text NOT NULL, priority int NOT NULL,
    urgent boolean NOT NULL, created_at timestamptz NOT NULL, deleted_at timestamptz, title text NOT NULL,
    payload jsonb NOT NULL, tags text[] NOT NULL, even boolean NOT NULL
);
CREATE TABLE colours (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO users
SELECT n, 'User' || n || '@Mail.example', 'name ' || n, chr(65 + n % 26) || chr(65 + n / 26 % 26) || n % 97,
       repeat(md5(n::text), 4)
FROM generate_series(1, 8000) AS n;
INSERT INTO jobs
SELECT n, 1 + n * 7919 % 8000, CASE WHEN n % 100 < 2 THEN 'pending' WHEN n % 10 = 3 THEN 'failed' ELSE 'done' END,
       n * 31 % 1000, n % 200 = 0, timestamptz '2024-01-01' + n * interval '3 minutes',
       CASE WHEN n % 300 = 0 THEN timestamptz '2025-01-01' END, 'title ' || md5(n::text),
       jsonb_build_object('kind', 'k' || n % 5000, 'size', n), ARRAY['t' || n % 3000, 't' || n % 7], n % 2 = 0
FROM generate_series(1, 40000) AS n;
INSERT INTO colours SELECT n, 'colour ' || n FROM generate_series(1, 40) AS n;
"""

VISIBLE = text("SELECT bool_and(relallvisible >= relpages) FROM pg_class WHERE relname IN ('jobs', 'users')")

Verb = Callable[..., None]


@pytest.fixture(scope="session")
def shop_url(postgres_server: PostgresServer, database_template: str) -> Iterator[str]:
    with database(postgres_server, f"{database_template}_shop", template=database_template) as url:
        fill(url)
        yield url


def fill(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(SHOP.replace(":", "\\:")))
        # Rows are visible to all only once their commit is on disk and no older snapshot is left.
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            connection.execute(text("VACUUM ANALYZE"))
            if connection.execute(VISIBLE).scalar():
                break
    engine.dispose()


@pytest.fixture(scope="session")
def shop_engine(shop_url: str) -> Iterator[Engine]:
    engine = create_engine(shop_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(shop_engine: Engine) -> Iterator[Connection]:
    with shop_engine.connect() as connection:
        yield connection


@pytest.fixture
def advise(shop: Connection) -> Callable[..., Advice]:
    def advise(*statements: str, **policy: object) -> Advice:
        return recommend(shop, from_texts(statements), AdvisorPolicy(**policy))  # type: ignore[arg-type]

    return advise


@pytest.fixture
def assert_suggests(advise: Callable[..., Advice]) -> Verb:
    """Assert that the advice for one statement is exactly these indexes, written as `jobs (status, created_at)`."""

    def check(statement: str, *indexes: str, **policy: object) -> None:
        advice = advise(statement, **policy)
        assert not advice.unplannable
        assert sorted(map(short, advice.recommendations)) == sorted(indexes)

    return check


@pytest.fixture
def assert_refuses(advise: Callable[..., Advice]) -> Verb:
    """Assert that nothing is advised for a statement, and why where a reason is given."""

    def check(statement: str, *, reason: str = "") -> None:
        advice = advise(statement)
        assert [short(recommendation) for recommendation in advice.recommendations] == []
        assert not advice.unplannable
        reasons = [why for _, why in advice.refused]
        assert not reason or any(reason in why for why in reasons), reasons

    return check


def short(recommendation: object) -> str:
    definition = recommendation.definition  # type: ignore[attr-defined]
    written = ddl.create(definition, concurrently=False).replace('"', "").removeprefix("CREATE INDEX ON public.")
    return written.replace(" USING btree", "")
