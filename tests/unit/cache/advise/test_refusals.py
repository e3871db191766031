"""What must not be cached, and what is not worth it: each with its reason."""

import pytest

from celeriac.cache.advise import ServerFacts
from tests.unit.cache.advise.conftest import READ, statement


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT id FROM jobs WHERE status = $1 FOR UPDATE SKIP LOCKED", "it locks rows"),
        ("SELECT id FROM (SELECT id FROM jobs FOR SHARE) j", "it locks rows"),
        ("WITH gone AS (DELETE FROM jobs RETURNING id) SELECT count(*) FROM gone", "it writes jobs"),
        ("SELECT count(*) FROM jobs WHERE created_at > now() - interval $1", "it reads the clock (now())"),
        ("SELECT count(*) FROM jobs WHERE created_at > CURRENT_DATE", "it reads the clock (current_date)"),
        ("SELECT age(created_at) FROM jobs WHERE id = $1", "it reads the clock (age())"),
        ("SELECT count(*) FROM lately WHERE user_id = $1", "it reads the clock (now())"),
        ("SELECT id FROM jobs WHERE user_id = current_setting($1)::int", "depends on the session or the server"),
        ("SELECT id FROM users WHERE email = CURRENT_USER", "depends on the session (current_user)"),
        ("SELECT id FROM jobs ORDER BY random() LIMIT $1", "it calls random()"),
        ("SELECT id, price(id) FROM jobs WHERE user_id = $1", "it calls price(), which may read what no tag names"),
        ("SELECT id FROM jobs TABLESAMPLE system (1)", "a random sample"),
        ("SELECT relname FROM pg_class WHERE oid = $1", "it reads pg_class, whose writes cannot be seen"),
        ("SELECT j.id FROM jobs j JOIN staging s ON s.id = j.id", "it reads staging, whose writes cannot be seen"),
        ("SELECT $1 + $2", "it reads no table"),
        ("SELECT password_hash FROM users WHERE email = $1", "it returns users.password_hash"),
        ("SELECT * FROM users WHERE id = $1", "it returns users.password_hash"),
        ("SELECT body FROM jobs WHERE id = $1", "it returns body of type bytea"),
        ("SELECT id FROM jobs WHERE created_at >= $1 AND user_id = $2", "compared with an instant"),
        ("SELECT id FROM jobs WHERE user_id = ANY($1)", "compared with a list"),
        ("SELECT id FROM jobs WHERE user_id IN ($1, $2, $3)", "compared with a list"),
    ],
)
def test_what_another_caller_may_not_have_is_refused(refusal, text, reason):
    assert reason in refusal(text, server=ServerFacts(unknown=frozenset({"price"})))


def test_rows_under_a_policy_belong_to_one_caller(refusal):
    server = ServerFacts(secured=frozenset({("public", "jobs")}))
    assert "row-level security" in refusal(READ, server=server)


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (statement(READ, calls=10), "it is called 10 times an hour"),
        (statement(READ, mean_ms=0.2), "it takes 0.20 ms: a look-up in the cache costs as much"),
        (statement("SELECT id, status FROM jobs WHERE user_id = $1", rows=200_000), "one result takes about"),
        (statement("SELECT id, status FROM jobs WHERE id = $1", calls=1_000), "spread over some 100,000 keys"),
        (statement(READ, calls=500, mean_ms=2.0, rows=1), "caching it would save"),
    ],
)
def test_what_is_not_worth_it_is_refused(refusal, read, reason):
    options = {"min_hit_ratio": 0.0} if "save" in reason else {}
    assert reason in refusal(read, **options)


def test_what_is_written_as_often_as_it_is_read_is_refused(refusal):
    beat = statement("UPDATE jobs SET progress = $1 WHERE id = $2", calls=1_000_000, rows=1)
    read = statement("SELECT id, progress FROM jobs WHERE user_id = $1", calls=100_000)
    assert "what it shows changes 1,000.0 times an hour and is read 100.0 times" in refusal(read, beat)


def test_entries_that_would_fill_the_cache_are_refused(refusal):
    read = statement("SELECT id, status FROM jobs WHERE id = $1", calls=10_000_000, rows=400)
    assert "its entries would take" in refusal(read)


def test_writing_statements_are_neither_advised_nor_refused(advice):
    told = advice(statement("DELETE FROM jobs WHERE id = $1"))
    assert (told.cacheable, told.refused, told.statements) == ((), (), 0)


def test_a_text_that_cannot_be_read_is_left_out(advice):
    assert advice("SELEC 1").statements == 0
