"""Measured time: statements weigh what they took, writes are subtracted, existing indexes are replaced."""

import pytest
from sqlalchemy import text

from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.statement import Counters, Statement, fingerprint
from celeriac.statements.workload import Workload

from .conftest import short

pytestmark = pytest.mark.hypopg


def ran(statement: str, calls: int, mean_ms: float, rows: int = 1) -> Statement:
    counters = Counters(calls=calls, total_ms=calls * mean_ms, rows=calls * rows)
    return Statement(fingerprint("", statement), "", statement, counters)


def advise(shop, *statements: Statement, hours: float = 1.0, **policy):
    return recommend(shop, Workload(statements, hours), AdvisorPolicy(**policy))


BY_USER = "SELECT * FROM jobs WHERE user_id = $1"
BY_TITLE = "SELECT * FROM jobs WHERE title = $1"
UPDATE = "UPDATE jobs SET title = $1 WHERE id = $2"


def test_a_small_budget_serves_the_statement_that_took_longest(shop):
    for heavy, light, index in ((BY_USER, BY_TITLE, "jobs (user_id)"), (BY_TITLE, BY_USER, "jobs (title)")):
        found = advise(shop, ran(heavy, 100_000, 9.0), ran(light, 10, 9.0), budget_bytes=3_000_000).recommendations
        assert short(found[0]) == index


def test_savings_are_milliseconds_an_hour(shop):
    (found,) = advise(shop, ran(BY_USER, 2_000, 10.0), hours=2.0).recommendations
    assert 0.9 * 10_000 < found.saving_ms_per_hour <= 10_000
    assert found.statements[0].calls_per_hour == 1_000


def test_an_index_that_its_writes_would_pay_too_dearly_for_is_left_alone(shop):
    read, seldom, often = ran(BY_TITLE, 10, 5.0), ran(UPDATE, 10, 0.1), ran(UPDATE, 5_000_000, 0.1)
    (found,) = advise(shop, read, seldom).recommendations
    assert found.write_ms_per_hour > 0
    assert "writes pay" in found.reason
    assert advise(shop, read, often).recommendations == ()


def test_a_saving_too_small_is_no_reason(shop):
    assert advise(shop, ran(BY_USER, 1, 0.5), min_saving_ms_per_hour=100.0).recommendations == ()


def test_a_wider_index_names_the_one_it_replaces(shop):
    shop.execute(text("CREATE INDEX jobs_by_priority ON jobs (priority)"))
    shop.execute(text("ANALYZE jobs"))
    shop.commit()
    try:
        statement = ran("SELECT * FROM jobs WHERE priority = $1 AND title = $2", 1_000, 20.0)
        found = advise(shop, statement, min_saving_ratio=0.0).recommendations
        wider = [r for r in found if r.definition.columns[0] == "priority"]
        assert all(r.replaces == ("jobs_by_priority",) and "redundant" in r.reason for r in wider)
        assert wider or short(found[0]) == "jobs (title)"
    finally:
        shop.rollback()
        shop.execute(text("DROP INDEX jobs_by_priority"))
        shop.commit()


def test_only_so_many_statements_are_advised_and_the_rest_are_counted(shop):
    advice = advise(shop, ran(BY_USER, 9, 9.0), ran(BY_TITLE, 1, 1.0), max_statements=1)
    assert [short(r) for r in advice.recommendations] == ["jobs (user_id)"]
    assert (advice.statements, len(advice.unplannable)) == (2, 1)


def test_progress_is_told(shop):
    told: list[tuple[int, int, str]] = []
    recommend(shop, Workload((ran(BY_USER, 1, 1.0),), 1.0), AdvisorPolicy(), progress=lambda *news: told.append(news))
    assert {note for _, _, note in told} >= {"reading statements", "asking the planner for candidates"}
    assert all(done <= total for done, total, _ in told)
