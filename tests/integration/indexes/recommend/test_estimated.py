"""Without HypoPG, and where the planner knows nothing: estimated, and said so."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, NullPool, create_engine

from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.workload import from_texts
from sandbox.databases import database
from sandbox.postgres import PostgresServer

from .conftest import fill, short


@pytest.fixture(scope="module")
def bare(postgres_server: PostgresServer) -> Iterator[Connection]:
    """The shop on a server that has no extension at all."""
    with database(postgres_server, "celeriac_bare_shop") as url:
        fill(url)
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            yield connection
        engine.dispose()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT * FROM jobs WHERE user_id = 5", "jobs (user_id)"),
        ("SELECT * FROM jobs WHERE priority = 7 AND created_at > '2024-03-01'", "jobs (priority, created_at)"),
        ("SELECT * FROM users WHERE lower(email) = 'a'", "users ((lower(email)))"),
        ("SELECT * FROM jobs WHERE status = 'failed' ORDER BY priority LIMIT 10", "jobs (status, priority)"),
    ],
)
def test_without_hypopg_statistics_must_do(bare, statement, index):
    advice = recommend(bare, from_texts((statement,)), AdvisorPolicy())
    assert [short(recommendation) for recommendation in advice.recommendations] == [index]
    (found,) = advice.recommendations
    assert found.sureness == "estimated"
    assert not advice.planner_verified
    assert advice.cost_after == advice.cost_before


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM jobs WHERE even", "SELECT * FROM jobs ORDER BY created_at", "SELECT count(*) FROM jobs"],
)
def test_without_hypopg_what_no_index_helps_is_left_alone(bare, statement):
    assert recommend(bare, from_texts((statement,)), AdvisorPolicy()).recommendations == ()


@pytest.mark.hypopg
def test_deleting_parents_asks_for_an_index_on_the_children(advise):
    (found,) = advise("DELETE FROM users WHERE id = 5").recommendations
    assert short(found) == "jobs (user_id)"
    assert found.sureness == "estimated"
