import itertools

import pytest
from sqlalchemy import text

from celeriac.indexes import ddl
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.workload import from_texts

from .conftest import short

pytestmark = pytest.mark.hypopg

CASES = {
    "equality": ("SELECT * FROM jobs WHERE user_id = 5", "jobs (user_id)"),
    "equality on text": ("SELECT * FROM users WHERE email = 'a'", "users (email)"),
    "a parameter": ("SELECT * FROM jobs WHERE user_id = $1", "jobs (user_id)"),
    "in a list": ("SELECT * FROM jobs WHERE user_id IN (1, 2, 3)", "jobs (user_id)"),
    "any of an array": ("SELECT * FROM jobs WHERE user_id = ANY ($1)", "jobs (user_id)"),
    "range": ("SELECT * FROM jobs WHERE created_at > '2024-03-24'", "jobs (created_at)"),
    "between": ("SELECT * FROM jobs WHERE created_at BETWEEN '2024-01-05' AND '2024-01-06'", "jobs (created_at)"),
    "equality before range": (
        "SELECT * FROM jobs WHERE priority = 7 AND created_at > '2024-03-01'",
        "jobs (priority, created_at)",
    ),
    "order with a limit": ("SELECT * FROM jobs ORDER BY created_at DESC LIMIT 10", "jobs (created_at)"),
    "order behind equality": (
        "SELECT * FROM jobs WHERE status = 'failed' ORDER BY priority LIMIT 10",
        "jobs (status, priority)",
    ),
    "mixed directions": (
        "SELECT * FROM jobs ORDER BY priority DESC, created_at LIMIT 10",
        "jobs (priority DESC, created_at)",
    ),
    "nulls out of their place": (
        "SELECT * FROM jobs ORDER BY deleted_at DESC NULLS LAST LIMIT 10",
        "jobs (deleted_at DESC NULLS LAST)",
    ),
    "the largest": ("SELECT max(priority) FROM jobs", "jobs (priority)"),
    "an update": ("UPDATE jobs SET title = 'x' WHERE user_id = 5", "jobs (user_id)"),
    "a delete": ("DELETE FROM jobs WHERE user_id = 5", "jobs (user_id)"),
    "an expression": ("SELECT * FROM users WHERE lower(email) = 'a'", "users ((lower(email)))"),
    "a key of a document": (
        "SELECT * FROM jobs WHERE payload ->> 'kind' = 'k1'",
        "jobs ((payload ->> 'kind'))",
    ),
    "a prefix under collation C": ("SELECT * FROM users WHERE country LIKE 'AB5%'", "users (country)"),
    "an existence": (
        "SELECT * FROM users u WHERE u.id = 3 AND EXISTS (SELECT 1 FROM jobs j WHERE j.user_id = u.id)",
        "jobs (user_id)",
    ),
    "a join": ("SELECT * FROM users u JOIN jobs j ON j.user_id = u.id WHERE u.id = 3", "jobs (user_id)"),
}


@pytest.mark.parametrize(("statement", "index"), CASES.values(), ids=CASES.keys())
def test_the_index_an_expert_would_build(assert_suggests, statement, index):
    assert_suggests(statement, index)


def test_statements_of_several_tables_get_one_index_each(assert_suggests):
    assert_suggests(
        "SELECT * FROM users u JOIN jobs j ON j.user_id = u.id WHERE u.email = 'a'", "users (email)", "jobs (user_id)"
    )


def test_two_indexes_that_help_only_together(assert_suggests):
    assert_suggests("SELECT * FROM jobs WHERE user_id = 5 OR priority = 7", "jobs (user_id)", "jobs (priority)")


def test_rare_rows_get_a_partial_index(advise):
    (found,) = advise("SELECT * FROM jobs WHERE deleted_at IS NOT NULL ORDER BY created_at LIMIT 50").recommendations
    assert found.definition.where == '"deleted_at" IS NOT NULL'
    assert found.definition.columns == ("created_at",)
    assert found.size_bytes < 65_536


def test_a_boolean_that_is_seldom_true_gets_a_partial_index(advise):
    (found,) = advise("SELECT * FROM jobs WHERE urgent AND user_id = 9").recommendations
    assert (found.definition.columns, found.definition.where) in ((("user_id",), None), (("user_id",), '"urgent"'))


def test_an_answer_from_the_index_alone(advise):
    (found,) = advise("SELECT sum(priority) FROM jobs WHERE user_id BETWEEN 5 AND 900").recommendations
    held = {*found.definition.columns, *found.definition.include}
    assert found.definition.columns[0] == "user_id"
    assert held == {"user_id", "priority"}


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ('payload @> \'{"kind": "k1"}\'', "jobs USING gin (payload jsonb_path_ops)"),
        ("payload ? 'kind'", None),
        ("tags @> ARRAY['t9']", "jobs USING gin (tags)"),
        ("title LIKE '%abcde%'", "jobs USING gin (title gin_trgm_ops)"),
        ("title ILIKE '%abcde%'", "jobs USING gin (title gin_trgm_ops)"),
        (
            "to_tsvector('simple', title) @@ to_tsquery('simple', 'abc')",
            "jobs USING gin ((to_tsvector('simple', title)))",
        ),
    ],
)
def test_inverted_indexes_are_estimated_and_say_so(advise, condition, index):
    found = advise(f"SELECT * FROM jobs WHERE {condition}").recommendations
    assert [short(recommendation) for recommendation in found] == ([index] if index else [])
    assert all(
        recommendation.sureness == "estimated" and "estimated" in recommendation.reason for recommendation in found
    )


def test_the_advice_is_the_same_every_time(advise):
    statements = [statement for statement, _ in CASES.values()]
    first, second = advise(*statements), advise(*statements)
    assert [r.ddl for r in first.recommendations] == [r.ddl for r in second.recommendations]
    assert first.what_if_calls == second.what_if_calls


def test_the_budget_is_kept_and_spent_on_what_saves_most(advise):
    statements = [statement for statement, _ in CASES.values()]
    everything = advise(*statements)
    little = advise(*statements, budget_bytes=1_000_000)
    assert 0 < sum(r.size_bytes for r in little.recommendations) <= 1_000_000
    assert little.cost_before > little.cost_after > everything.cost_after


def test_a_table_takes_only_so_many_indexes(advise):
    statements = [statement for statement, _ in CASES.values()]
    found = advise(*statements, max_indexes_per_table=3).recommendations
    assert sum(r.definition.table == "jobs" for r in found) <= 2  # it has its primary key already


def test_what_was_reverted_is_refused_with_its_reason(shop):
    statement = from_texts(("SELECT * FROM jobs WHERE user_id = 5",))
    (found,) = recommend(shop, statement, AdvisorPolicy()).recommendations
    reverted = {ddl.identity(found.definition): "it slowed writes"}
    advice = recommend(shop, statement, AdvisorPolicy(), quarantined=reverted)
    assert found.definition not in [r.definition for r in advice.recommendations]
    assert (found.ddl, "quarantined: it slowed writes") in advice.refused


def test_an_unplannable_statement_stops_nobody(advise):
    advice = advise(
        "SELECT * FROM jobs WHERE user_id = 5", "SELECT nonsense FROM", "DROP TABLE jobs", "SELECT * FROM gone"
    )
    assert [short(r) for r in advice.recommendations] == ["jobs (user_id)"]
    assert len(advice.unplannable) == 3
    assert all(left.reason for left in advice.unplannable)


def test_a_time_limit_ends_the_search_with_the_best_so_far(shop):
    ticks = itertools.count(step=0.05)
    advice = recommend(
        shop,
        from_texts(tuple(statement for statement, _ in CASES.values())),
        AdvisorPolicy(time_limit_s=6.0),
        clock=lambda: next(ticks),
    )
    assert advice.recommendations
    assert advice.seconds < 12  # so many looks at the clock after it struck, each worth 0.05 s


def test_the_connection_is_given_back_as_it_was(shop):
    recommend(shop, from_texts(("SELECT * FROM jobs WHERE user_id = 5",)), AdvisorPolicy())
    assert shop.execute(text("SHOW plan_cache_mode")).scalar() == "auto"
    assert shop.execute(text("SHOW transaction_read_only")).scalar() == "off"
    assert shop.execute(text("SELECT count(*) FROM hypopg_list_indexes")).scalar() == 0
    assert shop.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar() == 0
