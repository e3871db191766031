import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from celeriac.indexes.hypothetical import HypotheticalIndexes
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.what_if import NoPlan, Plan, planning
from celeriac.statements.parsed import Binding, ParsedStatement, Plannable, RelationUse

pytestmark = pytest.mark.hypopg

BY_USER = IndexDefinition("public", "jobs", (KeyPart("user_id"),))
BY_PRIORITY = IndexDefinition("public", "jobs", (KeyPart("priority"),))


def plannable(statement: str, *types: str) -> Plannable:
    jobs = RelationUse("public", "jobs", "jobs", 0, ())
    return Plannable(ParsedStatement(statement, "select", (jobs,), len(types)), "f", "", types, ())


@pytest.fixture
def what_if(shop):
    with planning(shop, AdvisorPolicy(statement_timeout_ms=2_000)) as session:
        yield session


def test_the_plan_uses_what_helps_and_nothing_else(what_if):
    statement = plannable("SELECT * FROM jobs WHERE user_id = 5")
    without, with_both = what_if.plan(statement, None), what_if.plan(statement, None, [BY_USER, BY_PRIORITY])
    assert with_both.cost < without.cost / 10
    assert with_both.used == with_both.searched == {BY_USER}
    assert what_if.plan(statement, None, [BY_PRIORITY]) == without


def test_an_index_that_is_no_longer_offered_is_gone(what_if):
    statement = plannable("SELECT * FROM jobs WHERE user_id = $1", "bigint")
    for binding in (Binding(("5",), 1.0), None):
        before = what_if.plan(statement, binding)
        assert what_if.plan(statement, binding, [BY_USER]).used == {BY_USER}
        assert what_if.plan(statement, binding) == before


def test_each_binding_is_planned_by_its_own_value(what_if):
    statement = plannable("SELECT * FROM jobs WHERE priority < $1", "integer")
    few, many = (what_if.plan(statement, Binding((value,), 1.0), [BY_PRIORITY]) for value in ("2", "900"))
    assert few.used == {BY_PRIORITY}
    assert not many.used


def test_an_index_that_cannot_be_is_remembered_and_the_others_work(what_if):
    volatile = IndexDefinition("public", "jobs", (KeyPart("random()", is_expression=True),))
    absent = IndexDefinition("public", "jobs", (KeyPart("nothing"),))
    plan = what_if.plan(plannable("SELECT * FROM jobs WHERE user_id = 5"), None, [volatile, BY_USER, absent])
    assert plan.used == {BY_USER}
    assert set(what_if.indexes.impossible) == {volatile, absent}


@pytest.mark.parametrize(
    "hostile",
    [
        "SELECT 1; DROP TABLE jobs",
        "SELECT 1; COMMIT; CREATE TABLE owned ()",
        "ANALYZE SELECT 1",
        "SELECT 1 /* ; */; -- ; \n COMMIT",
        "DROP TABLE jobs",
        "CREATE TABLE owned AS SELECT 1",
        "SELECT * INTO owned FROM jobs",
        "EXECUTE something",
        "",
    ],
)
def test_hostile_texts_are_not_sent(what_if, shop, hostile):
    assert isinstance(what_if.plan(plannable(hostile), None), NoPlan)
    assert isinstance(what_if.plan(plannable(hostile, "integer"), Binding(("1",), 1.0)), NoPlan)


@pytest.mark.parametrize("value", ["1); DROP TABLE jobs; SELECT (1", "1) FROM jobs; COMMIT; --", "(SELECT 1"])
def test_hostile_values_are_not_sent(what_if, value):
    statement = plannable("SELECT * FROM jobs WHERE user_id = $1", "bigint")
    assert isinstance(what_if.plan(statement, Binding((value,), 1.0)), NoPlan)


def test_nothing_is_executed_and_nothing_is_written(what_if, shop):
    update = Plannable(ParsedStatement("UPDATE jobs SET priority = 0", "update", (), 0), "f", "", (), ())
    assert isinstance(what_if.plan(update, None), Plan)
    assert isinstance(what_if.plan(plannable("SELECT pg_sleep(60) FROM jobs"), None), Plan)
    with shop.engine.connect() as other:
        assert other.execute(text("SELECT sum(priority) FROM jobs")).scalar() > 0


def test_an_error_does_not_repeat_the_values_of_the_statement(what_if):
    failed = what_if.plan(plannable("SELECT * FROM jobs WHERE priority = 'secret-number'"), None)
    assert "invalid input syntax" in failed.reason
    assert "secret" not in failed.reason


def test_a_failure_leaves_the_session_fit_for_use(what_if):
    assert isinstance(what_if.plan(plannable("SELECT * FROM gone"), None), NoPlan)
    assert isinstance(what_if.plan(plannable("SELECT * FROM jobs"), None), Plan)


def test_more_indexes_than_the_session_holds_at_once(what_if, monkeypatch):
    monkeypatch.setattr("celeriac.indexes.hypothetical.MAX_HYPOTHETICAL", 3)
    many = [IndexDefinition("public", "users", (KeyPart(name),)) for name in ("email", "name", "country")]
    assert len(what_if.indexes.sizes_bytes([*many, BY_USER, BY_PRIORITY])) == 5
    assert what_if.plan(plannable("SELECT * FROM jobs WHERE user_id = 5"), None, [BY_USER]).used == {BY_USER}


def test_what_our_planning_counted_on_existing_indexes_is_told(shop):
    with planning(shop, AdvisorPolicy()) as session:
        range_end = plannable("SELECT * FROM jobs WHERE id > 39999")
        for _ in range(3):
            session.plan(range_end, None)
        assert all(scans > 0 for scans in session.planning_use().values())


def test_our_statements_carry_our_signature(what_if, shop):
    what_if.plan(plannable("SELECT count(title) FROM jobs WHERE user_id = 77"), None, [BY_USER])
    with shop.engine.connect() as other:
        seen = other.execute(text("SELECT query FROM pg_stat_statements WHERE query LIKE '%hypopg_create_index%'"))
        queries = [query for (query,) in seen]
    assert queries
    assert all("/* celeriac:" in query for query in queries)


def plan_until_lost(session) -> None:
    for _ in range(2_000):
        session.plan(plannable("SELECT * FROM jobs"), None)


def test_a_lost_connection_is_an_error_of_the_whole_run(shop):
    with planning(shop, AdvisorPolicy()) as session:
        ((pid,),) = session.session.rows("pid", "SELECT pg_backend_pid()")
        with shop.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError):
            plan_until_lost(session)


def test_hypothetical_sizes_know_no_deduplication(what_if):
    sizes = what_if.indexes.sizes_bytes([BY_USER])
    assert isinstance(what_if.indexes, HypotheticalIndexes)
    assert sizes[BY_USER] > 800_000
