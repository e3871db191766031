"""A statement is planned as the role that runs it: its search path, its settings."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.catalog import read_catalog
from celeriac.statements.workload import Workload, from_texts
from tests.conftest import PREFIX

from .conftest import short

pytestmark = pytest.mark.hypopg

ROLE = f"{PREFIX}_tenant"
FILL = "SELECT n AS id, n % 5000 AS owner_id FROM generate_series(1, 60000) AS n"


@pytest.fixture
def tenants(connection: Connection):
    """Two tables of one name, the one in a schema that the role's search path leads to."""
    connection.execute(text(f"CREATE ROLE {ROLE}"))
    connection.execute(text("CREATE SCHEMA tenant"))
    connection.execute(text(f"CREATE TABLE tenant.bills AS {FILL}"))
    connection.execute(text("CREATE TABLE bills (id int, owner_id int)"))
    connection.execute(text("ANALYZE"))
    connection.commit()
    yield connection
    connection.rollback()
    connection.execute(text(f"DROP ROLE {ROLE}"))
    connection.commit()


def set_for_role(connection: Connection, setting: str) -> None:
    connection.execute(text(f"ALTER ROLE {ROLE} SET {setting}"))
    connection.commit()


def advised(connection: Connection, statement: str, role: str = ROLE) -> list[str]:
    (one,) = from_texts((statement,)).statements
    advice = recommend(connection, Workload((replace(one, role=role),), 1.0), AdvisorPolicy())
    assert not advice.unplannable
    return [short(recommendation).removeprefix("CREATE INDEX ON ") for recommendation in advice.recommendations]


def test_bare_names_lead_where_they_lead_for_the_role(tenants):
    set_for_role(tenants, "search_path = tenant")
    assert advised(tenants, "SELECT * FROM bills WHERE owner_id = $1") == ["tenant.bills (owner_id)"]
    assert advised(tenants, "SELECT * FROM bills WHERE owner_id = $1", role="") == []


def test_a_schema_of_the_roles_own_name_comes_first(tenants):
    tenants.execute(text(f"ALTER SCHEMA tenant RENAME TO {ROLE}"))
    tenants.commit()
    assert advised(tenants, "SELECT * FROM bills WHERE owner_id = 7") == [f"{ROLE}.bills (owner_id)"]


def test_a_role_that_plans_without_indexes_is_advised_none(tenants):
    statement = "SELECT * FROM tenant.bills WHERE owner_id = $1"
    assert advised(tenants, statement) == ["tenant.bills (owner_id)"]
    set_for_role(tenants, "enable_indexscan = off")
    set_for_role(tenants, "enable_indexonlyscan = off")
    set_for_role(tenants, "enable_bitmapscan = off")
    assert advised(tenants, statement) == []


def test_the_session_is_given_back_as_it_was(tenants):
    set_for_role(tenants, "search_path = tenant")
    set_for_role(tenants, "work_mem = '77MB'")
    advised(tenants, "SELECT * FROM bills WHERE owner_id = 7")
    assert tenants.scalar(text("SHOW work_mem")) != "77MB"
    assert "tenant" not in tenants.scalar(text("SHOW search_path"))


def test_settings_that_no_plan_depends_on_are_left_alone(tenants):
    set_for_role(tenants, "log_min_duration_statement = 5")
    set_for_role(tenants, "statement_timeout = '1h'")
    set_for_role(tenants, "random_page_cost = 1.1")
    assert dict(read_catalog(tenants).settings_of(ROLE)) == {"random_page_cost": "1.1"}
    assert read_catalog(tenants).settings_of("nobody") == ()
