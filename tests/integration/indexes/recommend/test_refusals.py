import pytest

pytestmark = pytest.mark.hypopg

NO_INDEX_IS_RIGHT = {
    "whole table in order": "SELECT * FROM jobs ORDER BY created_at",
    "whole table in two orders": "SELECT id, title FROM jobs ORDER BY priority, created_at DESC",
    "groups of the whole table": "SELECT status, count(*) FROM jobs GROUP BY status",
    "distinct values of the whole table": "SELECT DISTINCT status FROM jobs",
    "half of the rows": "SELECT * FROM jobs WHERE even",
    "most of the rows": "SELECT * FROM jobs WHERE status = 'done'",
    "nearly all rows": "SELECT * FROM jobs WHERE priority > 10",
    "the primary key": "SELECT * FROM jobs WHERE id = 7",
    "a range of the primary key": "SELECT * FROM jobs WHERE id BETWEEN 7 AND 20",
    "the newest by the primary key": "SELECT * FROM jobs ORDER BY id DESC LIMIT 10",
    "everything": "SELECT * FROM jobs",
    "a count": "SELECT count(*) FROM jobs",
    "a condition on no column": "SELECT * FROM jobs WHERE 1 = 2",
    "a column inside a volatile expression": "SELECT * FROM jobs WHERE priority = random()",
    "an inserted row": "INSERT INTO colours VALUES (99, 'x')",
    "an update by key": "UPDATE jobs SET priority = 3 WHERE id = 9",
    "a delete of everything": "DELETE FROM jobs",
    "not equal": "SELECT * FROM jobs WHERE status <> 'pending'",
    "no table": "SELECT 1",
    "the catalog": "SELECT * FROM pg_class WHERE relname = 'jobs'",
}


@pytest.mark.parametrize("statement", NO_INDEX_IS_RIGHT.values(), ids=NO_INDEX_IS_RIGHT.keys())
def test_no_index_is_right(assert_refuses, statement):
    assert_refuses(statement)


def test_small_tables_are_left_alone(assert_refuses):
    assert_refuses("SELECT * FROM colours WHERE name = 'x'", reason="small table")
