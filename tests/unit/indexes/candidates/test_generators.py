"""What each generator proposes, and what it leaves alone."""

from dataclasses import replace

from celeriac.indexes.candidates import generate
from celeriac.indexes.policy import AdvisorPolicy

from .conftest import CATALOG, JOBS, parsed, short


def test_small_tables_are_left_alone():
    generated = generate(parsed("SELECT * FROM tiny WHERE name = 'x'"), CATALOG, AdvisorPolicy())
    assert generated.candidates == ()
    assert generated.refused == (("tiny", "small table: 40 rows, an index would change nothing"),)


def test_no_copy_of_an_existing_index_and_nothing_behind_a_unique_key(propose):
    every = ("equality_range", "pairs", "joins", "ordering")
    assert propose("SELECT * FROM jobs WHERE user_id = 5", "equality_range") == set()
    assert propose("SELECT title FROM jobs WHERE id = 5 ORDER BY created_at", *every) == {
        "jobs (created_at)",
        "jobs (created_at, id)",
        "jobs (created_at, title)",
        "jobs (title, created_at)",
        "jobs (title, id)",
    }


def test_columns_that_no_btree_holds_are_left_alone(propose):
    every = ("equality_range", "pairs", "ordering", "grouping")
    assert propose("SELECT 1 FROM jobs WHERE essay = 'x' AND payload = '{}' AND place ~= '(1,2)'", *every) == set()


def test_equality_comes_before_range_and_the_most_selective_first(propose):
    found = propose(
        "SELECT * FROM jobs WHERE created_at > now() AND status = 'done' AND deleted_at = $1", "equality_range"
    )
    assert "jobs (deleted_at, status, created_at)" in found
    assert "jobs (created_at, status)" not in found


def test_a_condition_under_or_stands_alone(propose):
    found = propose("SELECT * FROM jobs WHERE status = 'failed' OR created_at > now()", "equality_range")
    assert found == {"jobs (status)", "jobs (created_at)"}


def test_the_width_is_kept(propose):
    found = propose(
        "SELECT * FROM jobs WHERE status = 'a' AND deleted_at = $1 AND created_at > $2", "equality_range", max_width=2
    )
    assert all(index.count(",") < 2 for index in found)


def test_order_follows_equality(propose):
    found = propose("SELECT * FROM jobs WHERE status = 'x' ORDER BY created_at LIMIT 5", "ordering")
    assert found == {"jobs (created_at)", "jobs (status, created_at)"}


def test_an_order_that_is_the_mirror_image_needs_no_directions(propose):
    assert propose("SELECT * FROM jobs ORDER BY created_at DESC, title DESC LIMIT 5", "ordering") == {
        "jobs (created_at, title)"
    }


def test_mixed_directions_and_misplaced_nulls_are_written_out(propose):
    assert propose("SELECT * FROM jobs ORDER BY created_at DESC, title LIMIT 5", "ordering") == {
        "jobs (created_at DESC, title)"
    }
    assert propose("SELECT * FROM jobs ORDER BY deleted_at NULLS FIRST LIMIT 5", "ordering") == {
        "jobs (deleted_at NULLS FIRST)"
    }


def test_both_sides_of_a_join_are_offered(propose):
    found = propose("SELECT 1 FROM users u JOIN jobs j ON j.title = u.email WHERE j.status = 'x'", "joins")
    assert {"users (email)", "jobs (title)", "jobs (status, title)", "jobs (title, status)"} <= found


def test_groups_behind_equality(propose):
    found = propose("SELECT title, count(*) FROM jobs WHERE status = 'x' GROUP BY title", "grouping")
    assert found == {"jobs (title)", "jobs (status, title)"}
    assert propose("SELECT DISTINCT title FROM jobs", "grouping") == {"jobs (title)"}


def test_the_rest_of_a_statement_is_included(propose):
    found = propose("SELECT title FROM jobs WHERE created_at > $1", "covering")
    assert "jobs (created_at) INCLUDE (title)" in found


def test_nothing_is_included_where_pages_are_seldom_all_visible_or_columns_are_many(propose):
    assert propose("SELECT email FROM users WHERE country = $1", "covering") == set()
    assert propose("SELECT * FROM jobs WHERE created_at > $1", "covering") == set()
    assert propose("SELECT essay FROM jobs WHERE created_at > $1", "covering") == set()


def test_rare_rows_of_the_text_get_partial_indexes(propose):
    assert propose("SELECT * FROM jobs WHERE status = 'pending' AND title = $1", "partial") == {
        "jobs (title) WHERE status = 'pending'"
    }
    assert propose("SELECT * FROM jobs WHERE deleted_at IS NOT NULL ORDER BY created_at", "partial") == {
        "jobs (created_at) WHERE deleted_at IS NOT NULL"
    }
    assert propose("SELECT * FROM jobs WHERE urgent", "partial") == {"jobs (urgent) WHERE urgent"}


def test_common_rows_and_parameters_get_none(propose):
    assert propose("SELECT * FROM jobs WHERE status = 'done' AND title = $1", "partial") == set()
    assert propose("SELECT * FROM jobs WHERE status = $1 AND title = $2", "partial") == set()
    assert propose("SELECT * FROM jobs WHERE NOT urgent AND title = $2", "partial") == set()
    assert propose("SELECT * FROM jobs WHERE status = 'pending' OR title = $1", "partial") == set()


def test_expressions(propose):
    found = propose("SELECT * FROM jobs WHERE lower(title) = $1 AND status = $2 AND created_at > $3", "expression")
    assert found == {"jobs ((lower(title)))", "jobs (status, (lower(title)))", "jobs ((lower(title)), created_at)"}


def test_a_prefix_takes_the_pattern_class_unless_the_collation_is_c(propose):
    assert propose("SELECT * FROM jobs WHERE title LIKE 'abc%'", "prefix") == {"jobs (title varchar_pattern_ops)"}
    assert propose("SELECT * FROM users WHERE email LIKE 'abc%' AND country = $1", "prefix") == {
        "users (email)",
        "users (country, email)",
    }


def test_patterns_take_trigrams(propose):
    assert propose("SELECT * FROM jobs WHERE title ILIKE '%abc%'", "trigram") == {"jobs USING gin (title gin_trgm_ops)"}


def test_patterns_without_the_extension_take_nothing():
    generated = generate(parsed("SELECT * FROM jobs WHERE title ILIKE '%abc%'"), CATALOG, AdvisorPolicy())
    assert all(candidate.definition.method != "gin" for candidate in generated.candidates)


def test_containment_takes_the_class_of_its_operator(propose):
    assert propose("SELECT * FROM jobs WHERE payload @> '{}'", "containment") == {
        "jobs USING gin (payload jsonb_path_ops)"
    }
    assert propose("SELECT * FROM jobs WHERE payload ? 'x' AND payload @> '{}'", "containment") == {
        "jobs USING gin (payload)"
    }
    assert propose("SELECT * FROM jobs WHERE tags && '{a}'", "containment") == {"jobs USING gin (tags)"}
    assert propose("SELECT * FROM jobs WHERE during && $1", "containment") == {"jobs USING gist (during)"}
    assert propose("SELECT * FROM jobs WHERE payload <@ '{}'", "containment") == set()


def test_text_search(propose):
    assert propose("SELECT * FROM jobs WHERE words @@ to_tsquery('x')", "text_search") == {"jobs USING gin (words)"}


def test_large_tables_in_order_take_brin(propose):
    assert propose("SELECT * FROM jobs WHERE created_at > $1", "brin") == {"jobs USING brin (created_at)"}
    assert propose("SELECT * FROM jobs WHERE user_id > $1", "brin") == set()


def test_children_are_looked_for_where_parents_are_deleted():
    unindexed = replace(JOBS, indexes=JOBS.indexes[:1])
    for jobs, expected in ((unindexed, ["jobs (user_id)"]), (JOBS, [])):
        catalog = replace(CATALOG, tables={**CATALOG.tables, ("public", "jobs"): jobs})
        generated = generate(parsed("DELETE FROM users WHERE id = 4"), catalog, AdvisorPolicy())
        assert [short(c.definition) for c in generated.candidates if c.generator == "foreign_keys"] == expected


def test_an_existing_index_is_extended(propose):
    found = propose("SELECT * FROM jobs WHERE user_id = $1 AND created_at > $2", "extending")
    assert found == set()  # the rule for equality and range has proposed the same already
    assert propose("SELECT * FROM jobs WHERE user_id = $1 ORDER BY created_at", "extending", "ordering") >= {
        "jobs (user_id, created_at)"
    }


def test_pairs_stay_few(propose):
    found = propose("SELECT title, status, deleted_at FROM jobs WHERE created_at > $1", "pairs")
    assert len(found) == 12
    assert propose("SELECT title, status FROM jobs", "pairs") == set()
