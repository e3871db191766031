"""What is worth caching: for how long, under which tags, and what to paste."""

import pytest

from celeriac.cache import Cache, cached
from celeriac.cache.advise import rates, unseen_writes
from celeriac.statements.workload import Workload
from tests.unit.cache.advise.conftest import READ, SHOP, statement

FINISH = "UPDATE jobs SET status = $1 WHERE id = $2"


def only(advice):
    (one,) = advice.cacheable
    return one


def test_what_nobody_writes_lives_as_long_as_it_gains(advice):
    one = only(advice(statement("SELECT id, email FROM users WHERE role = $1", calls=3_600)))
    assert one.tags == ("users",)
    assert one.key == "{role}"
    assert one.invalidations == ()
    assert one.hit_ratio > 0.9
    assert 60 <= one.ttl_s <= 600
    assert "none of it was written" in one.reason


def test_a_tag_names_the_value_where_writes_are_many(advice):
    write = statement(FINISH, calls=20_000, rows=1)
    one = only(advice(READ, write))
    assert one.tags == ("jobs.user_id:{user_id}",)
    assert one.changes_per_hour == pytest.approx(20.0, rel=0.01)
    assert one.ttl_s <= 180
    assert one.invalidations[0].call == 'cache.invalidate(tags=(f"jobs.user_id:{user_id}",))'
    assert one.invalidations[0].note == "add RETURNING user_id, and call it for each value"


def test_a_tag_of_the_whole_table_is_enough_where_writes_are_few(advice):
    write = statement(FINISH, calls=1, rows=1)
    one = only(advice(statement("SELECT status, count(*) FROM jobs WHERE day = $1 GROUP BY status"), write))
    assert one.tags == ("jobs",)
    assert one.invalidations[0].call == 'cache.invalidate(tags=("jobs",))'


def test_updates_of_what_is_not_shown_change_nothing(advice):
    beat = statement("UPDATE jobs SET progress = $1 WHERE id = $2", calls=1_000_000, rows=1)
    assert only(advice(READ, beat)).changes_per_hour == 0


def test_whole_rows_show_every_column(advice):
    login = statement("UPDATE orders SET paid = $1 WHERE user_id = $2", calls=100, rows=1)
    assert only(advice("SELECT row_to_json(o) FROM orders o WHERE user_id = $1", login)).changes_per_hour > 0


def test_a_new_row_drops_the_answer_that_said_there_is_none(advice):
    write = statement("INSERT INTO users (email) VALUES ($1)", calls=5_000, rows=1)
    one = only(advice("SELECT id, role FROM users WHERE email = $1", write))
    assert one.tags == ("users.email:{email}",)
    assert one.changes_per_hour == 0
    assert one.invalidations[0].call == 'cache.invalidate(tags=(f"users.email:{email}",))'
    assert one.invalidations[0].note is None


def test_an_upsert_may_change_the_row_that_was_there(advice):
    upsert = "INSERT INTO users (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET role = excluded.role"
    one = only(advice("SELECT id, role FROM users WHERE email = $1", statement(upsert, calls=5_000, rows=1)))
    assert one.tags == ("users.email:{email}",)
    assert one.changes_per_hour == pytest.approx(5.0)


def test_a_merge_may_add_rows_whatever_it_sets(advice):
    merge = (
        "MERGE INTO jobs j USING orders o ON o.id = j.id WHEN MATCHED THEN UPDATE SET progress = 1"
        " WHEN NOT MATCHED THEN INSERT (id) VALUES (o.id)"
    )
    assert only(advice(READ, statement(merge, calls=10, rows=100))).changes_per_hour > 0


def test_a_value_that_is_updated_drops_both_answers(advice):
    write = statement("UPDATE jobs SET user_id = $1 WHERE id = $2", calls=20_000, rows=1)
    assert only(advice(READ, write)).invalidations[0].note == "for the value of user_id before and after"


def test_each_table_of_a_join_has_its_tag(advice):
    joined = "SELECT u.role, j.id FROM users u JOIN jobs j ON j.user_id = u.id WHERE u.id = $1"
    writes = [
        statement("UPDATE users SET role = $1 WHERE id = $2", calls=5_000, rows=1),
        statement("INSERT INTO jobs (user_id) VALUES ($1)", calls=5_000, rows=1),
    ]
    one = only(advice(joined, *writes))
    # jobs.user_id equals users.id, which equals the parameter.
    assert one.tags == ("users.id:{id}", "jobs.user_id:{id}")


def test_an_outer_join_keeps_rows_that_no_tag_names(advice):
    write = statement("UPDATE users SET role = $1 WHERE id = $2", calls=40, rows=1)
    read = "SELECT u.role, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND u.id = $1 WHERE u.role = $2"
    tags = only(advice(read, write)).tags
    assert "users.id:{id}" not in tags


def test_what_a_sub_query_demands_says_nothing_of_the_query_around_it(advice):
    write = statement("UPDATE users SET role = $1 WHERE id = $2", calls=3, rows=1)
    read = (
        "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT FROM orders o WHERE o.user_id = u.id AND o.user_id = $1)"
    )
    assert only(advice(read, write)).tags[0] == "users"


def test_a_partition_is_written_for_its_table(advice):
    write = statement("INSERT INTO events_2024 (user_id) VALUES ($1)", calls=30_000, rows=1)
    one = only(advice("SELECT count(*) FROM events WHERE user_id = $1", write))
    assert one.tags == ("events.user_id:{user_id}",)
    assert one.invalidations[0].changes_per_hour == 30_000


def test_an_endless_view_is_read_as_far_as_it_goes(refusal):
    assert refusal("SELECT * FROM endless")


def test_a_table_of_another_schema_is_named_with_it(advice):
    assert only(advice("SELECT count(*) FROM audit.log WHERE actor = $1")).tags == ("audit.log",)


def test_a_condition_below_or_names_no_tag(advice):
    write = statement(FINISH, calls=10, rows=1)
    one = only(advice("SELECT id FROM jobs WHERE user_id = $1 OR status = $2", write))
    assert one.tags == ("jobs",)


def test_a_view_is_read_as_its_tables(advice):
    assert only(advice("SELECT id FROM open_jobs WHERE user_id = $1")).tags == ("jobs",)


def test_what_no_statement_explains_counts_as_writes(advice):
    one = only(advice(READ, unseen={("public", "jobs"): 20_000.0}))
    assert one.changes_per_hour == pytest.approx(20.0, rel=0.01)
    assert "public.jobs is also written by what was not measured" in one.notes[-1]


def test_what_the_statements_explain_is_not_counted_twice():
    seen = Workload((statement(FINISH, calls=20_000, rows=1),), hours=2.0)
    assert unseen_writes(seen, SHOP, {("public", "jobs"): 10_000.0, ("public", "users"): 50.0}) == {
        ("public", "users"): 50.0
    }
    assert unseen_writes(seen, SHOP, {("public", "jobs"): 15_000.0}) == {("public", "jobs"): 5_000.0}


def test_rates_are_differences_and_a_reset_says_nothing():
    before, after = (
        {("public", "jobs"): 100, ("public", "users"): 900},
        {("public", "jobs"): 150, ("public", "users"): 3},
    )
    assert rates(before, after, hours=0.5) == {("public", "jobs"): 100.0}


def test_values_that_are_not_there_make_more_keys(advice):
    read = "SELECT id, role FROM users WHERE email = $1"
    assert only(advice(statement(read, rows=1))).keys == 1_000
    assert only(advice(statement(read, rows=0.25))).keys == 4_000


def test_what_json_writes_as_text_is_said(advice):
    assert only(advice("SELECT id, day FROM jobs WHERE user_id = $1")).notes == (
        "day come back as text: give @cached a load function where that matters",
    )


def test_the_most_saving_comes_first(advice):
    told = advice(
        statement(READ, mean_ms=5.0), statement("SELECT id, email FROM users WHERE role = $1 LIMIT $2", mean_ms=50.0)
    )
    assert [one.name for one in told.cacheable] == ["users_by_role", "jobs_by_user_id"]
    assert told.saved_ms_per_hour == sum(one.saved_ms_per_hour for one in told.cacheable)


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("SELECT id, email FROM users", "def users_all() -> list[dict]"),
        ("SELECT id FROM jobs WHERE day BETWEEN $1 AND $2", "def jobs_by_day_from_and_day_until(day_from: date,"),
        ("SELECT id FROM users WHERE lower(email) = $1 LIMIT $2 OFFSET $3", "(lower_email: str, limit: int, offset"),
        ("SELECT id FROM jobs WHERE user_id = $1 AND status <> $2", "(user_id: int, status_not: str)"),
        ("SELECT id, $1 FROM jobs WHERE user_id = $2", "(value_1: str | int, user_id: int)"),
        ("SELECT id FROM users WHERE email LIKE $1", "(email_like: str)"),
    ],
)  # fmt: skip
def test_the_code_runs_and_caches(advice, text, head):
    one = only(advice(statement(text, calls=10_000_000)))
    assert head in one.code
    names = {"cached": cached, "cache": Cache("redis://127.0.0.1:1/0")}
    exec(one.code, names)
    function = names[one.name]
    arguments = [7] * one.code.partition("(")[2].partition("def")[2].partition(")")[0].count(":")
    assert function.key(*arguments) == one.key.format(*arguments, **dict.fromkeys(_names(one.key), 7))


def test_two_functions_never_have_one_name(advice):
    told = advice("SELECT id FROM jobs WHERE user_id = $1", statement("SELECT status FROM jobs WHERE user_id = $1"))
    assert sorted(one.name for one in told.cacheable) == ["jobs_by_user_id", "jobs_by_user_id_2"]


def _names(template: str) -> list[str]:
    return [part.rstrip("}") for part in template.replace(":", "").split("{") if part]
