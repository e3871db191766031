"""What a statement reads without naming it: behind SQL functions and row security."""

import pytest
from sqlalchemy import Connection, text

from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.workload import from_texts

from .conftest import short

pytestmark = pytest.mark.hypopg

TABLES = """
CREATE TABLE bills (id int, tenant int, total int);
INSERT INTO bills SELECT n, n % 5000, n % 977 FROM generate_series(1, 60000) AS n;
CREATE FUNCTION bills_of(t int) RETURNS SETOF bills LANGUAGE sql STABLE AS 'SELECT * FROM bills WHERE tenant = t';
CREATE FUNCTION hidden_bills_of(t int) RETURNS SETOF bills LANGUAGE plpgsql STABLE
AS 'BEGIN RETURN QUERY SELECT * FROM bills WHERE tenant = t; END';
ANALYZE bills;
"""


@pytest.fixture
def bills(connection: Connection) -> Connection:
    connection.execute(text(TABLES))
    connection.commit()
    return connection


def advised(connection: Connection, statement: str) -> list[str]:
    return [short(one) for one in recommend(connection, from_texts((statement,)), AdvisorPolicy()).recommendations]


def test_an_inlined_function_shows_what_it_searches(bills):
    assert advised(bills, "SELECT * FROM bills_of(7)") == ["bills (tenant)"]
    assert advised(bills, "SELECT * FROM bills_of($1) WHERE total = $2") != []


def test_a_function_that_is_not_inlined_shows_nothing(bills):
    assert advised(bills, "SELECT * FROM hidden_bills_of(7)") == []
