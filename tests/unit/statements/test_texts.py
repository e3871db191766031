import pytest

from celeriac.statements.texts import OTHER, OURS, UNREAD, bare, classify, shape

JOBS = "SELECT count(*) FROM jobs WHERE status = $1"


@pytest.mark.parametrize(
    "text",
    [
        "COMMIT",
        "SET work_mem = '4MB'",
        "COPY jobs TO STDOUT",
        "CREATE TABLE jobs (id int)",
        "EXPLAIN SELECT 1",
        "PREPARE x AS SELECT 1",
        "CALL nightly()",
        "selection",
        "",
        f"{JOBS} AND note = {'x' * 100}",
    ],
)
def test_what_cannot_be_optimized_is_other(text: str):
    assert classify(text, max_chars=100) == OTHER


@pytest.mark.parametrize(
    "text",
    [
        "SELECT /* celeriac:tables */ $1",
        "/* celeriac:tables */ SELECT $1",
        "SELECT celeriac.change.id FROM celeriac.change",
        'INSERT INTO "celeriac"."change" VALUES ($1)',
        "CREATE INDEX CONCURRENTLY celeriac_7_jobs_status ON jobs (status)",
    ],
)
def test_our_own_work_is_ours(text: str):
    assert classify(text, max_chars=100) == OURS


@pytest.mark.parametrize(
    "text",
    [
        JOBS,
        "with j as (select $1) select * from j",
        "insert into jobs values ($1)",
        "UPDATE jobs SET status = $1",
        "DELETE FROM jobs",
        "MERGE INTO jobs USING new ON $1",
        "(SELECT $1) UNION (SELECT $2)",
        "VALUES ($1)",
        "TABLE jobs",
        "/* trace */ -- a remark\n SELECT $1",
        "/*+ SeqScan(jobs) */ SELECT * FROM jobs",
        "SELECT * FROM celeriac_soup",
    ],
)
def test_what_can_be_optimized_is_kept(text: str):
    assert classify(text, max_chars=100) is None


def test_a_text_that_the_server_lost_is_asked_for_again():
    assert classify(None, max_chars=100) == UNREAD


@pytest.mark.parametrize(
    "text",
    [
        f"  {JOBS} ; ",
        f"/* trace 7 */ {JOBS}",
        f"/**/{JOBS}/* a */ /* b */;",
        f"-- remark\n{JOBS}",
    ],
)
def test_comments_around_a_statement_do_not_make_another(text: str):
    assert bare(text) == JOBS


@pytest.mark.parametrize(
    "text",
    [
        "/*+ IndexScan(jobs) */ SELECT * FROM jobs",
        "SELECT * FROM jobs /*+ hint */",
        "SELECT id /* why */ FROM jobs",
        "SELECT id FROM jobs WHERE id IN ($1 /*, ... */)",
        "SELECT 1 /* outer /* inner */ still */",
    ],
)
def test_hints_and_inner_comments_stay(text: str):
    assert bare(text) == text


def test_a_long_run_of_blanks_costs_nothing():
    text = f"SELECT{' ' * 1_000_000}1"

    assert bare(text) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b IN ($1, $2, $3) AND c = $4", "SELECT a FROM t WHERE b IN ($1) AND c = $2"),
        ("SELECT a FROM t WHERE b IN ($1 /*, ... */)", "SELECT a FROM t WHERE b IN ($1,$2)"),
        ("INSERT INTO t VALUES ($1, $2), ($3, $4)", "INSERT INTO t VALUES ($1, $2)"),
    ],
)
def test_lists_of_any_length_have_one_shape(one: str, other: str):
    assert shape(one) == shape(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = $1", "SELECT a FROM t WHERE c = $1"),
        ("SELECT a FROM t WHERE b IN ($1)", "SELECT a FROM t WHERE b = $1"),
        ("SELECT f($1, a)", "SELECT f($1)"),
    ],
)
def test_other_statements_have_other_shapes(one: str, other: str):
    assert shape(one) != shape(other)
