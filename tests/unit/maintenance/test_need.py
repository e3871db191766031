"""What a table needs is decided by its figures; what autovacuum is about to do is left to it."""

from dataclasses import replace

import pytest

from celeriac.maintenance.need import analyze, needs, of, still, vacuum
from celeriac.maintenance.policy import MaintenancePolicy

POLICY = MaintenancePolicy()


def test_a_quiet_table_needs_nothing(table, server):
    assert of(table(), server, POLICY) == ()


def test_a_small_table_is_planned_by_its_size(table, server):
    small = table(rows=900, estimated_rows=900, changed=900, analyzed_at=None, has_statistics=False)
    assert analyze(small, server, POLICY) is None


def test_what_autovacuum_is_about_to_analyze_is_left_to_it(table, server):
    assert analyze(table(changed=20_000), server, POLICY) is None


def test_far_beyond_the_threshold_it_does_not_keep_up(table, server):
    need = analyze(table(changed=21_000), server, POLICY)
    assert need.ddl == "ANALYZE public.jobs"
    assert need.reason == (
        "21000 of 100000 rows of public.jobs changed since it was analyzed; "
        "autovacuum should have come at 10051 and does not keep up."
    )


@pytest.mark.parametrize("word", ["false", "off", "NO", "0"])
def test_where_autovacuum_is_off_one_threshold_is_enough(table, server, word):
    need = analyze(table(changed=11_000, options={"autovacuum_enabled": word}), server, POLICY)
    assert need.reason.endswith("autovacuum is off for it.")


def test_where_the_server_has_none_either(table, server):
    need = analyze(table(changed=11_000), replace(server, autovacuum=False), POLICY)
    assert need.reason.endswith("autovacuum is off for the server.")


def test_a_tables_own_threshold_counts(table, server):
    own = {"autovacuum_analyze_scale_factor": "0.5", "autovacuum_analyze_threshold": "0"}
    assert analyze(table(changed=90_000, options=own), server, POLICY) is None
    assert analyze(table(changed=101_000, options=own), server, POLICY) is not None


def test_a_table_that_was_never_analyzed_is_guessed_at(table, server):
    new = table(changed=100_000, estimated_rows=0.0, analyzed_at=None, has_statistics=False)
    assert "was never analyzed: the planner guesses" in analyze(new, server, POLICY).reason


def test_statistics_from_before_a_reset_are_not_missing(table, server):
    assert analyze(table(analyzed_at=None, rows=0, changed=0), server, POLICY) is None


def test_a_partitioned_table_is_analyzed_as_a_whole(table, server):
    whole = table(kind="p", has_statistics=False, estimated_rows=0.0)
    assert "over its partitions" in analyze(whole, server, POLICY).reason
    assert analyze(replace(whole, has_statistics=True), server, POLICY) is None  # PostgreSQL 13 keeps no estimate
    assert analyze(replace(whole, has_statistics=True, estimated_rows=90_000.0), server, POLICY) is None
    grown = analyze(replace(whole, has_statistics=True, estimated_rows=50_000.0), server, POLICY)
    assert "has grown by 100% since" in grown.reason
    assert vacuum(whole, server, POLICY) is None
    assert analyze(replace(whole, rows=50), server, POLICY) is None


def test_dead_rows_are_left_to_autovacuum_until_twice_its_threshold(table, server):
    assert vacuum(table(dead=40_000), server, POLICY) is None
    need = vacuum(table(dead=41_000), server, POLICY)
    assert need.ddl == "VACUUM (TRUNCATE false, PARALLEL 0) public.jobs"
    assert need.reason.startswith("public.jobs holds 41000 dead rows beside 100000;")


def test_since_postgresql_18_a_threshold_has_a_most(table, server):
    capped = replace(server, vacuum_most=15_000)
    assert vacuum(table(dead=31_000), capped, POLICY) is not None
    assert vacuum(table(dead=31_000, options={"autovacuum_vacuum_max_threshold": "-1"}), capped, POLICY) is None


def test_few_dead_rows_are_not_minded(table, server):
    assert vacuum(table(dead=9_000, rows=100, estimated_rows=100.0), server, POLICY) is None


def test_many_inserts_leave_pages_that_nobody_marked(table, server):
    need = vacuum(table(inserted=43_000), server, POLICY)
    assert "index-only scans must look them up" in need.reason
    assert vacuum(table(inserted=41_000), server, POLICY) is None
    assert vacuum(table(inserted=43_000, options={"autovacuum_vacuum_insert_threshold": "-1"}), server, POLICY) is None


def test_the_worst_comes_first_and_what_is_not_ours_is_told(table, server):
    some = table(changed=30_000, oid=1)
    worse = table(changed=90_000, oid=2)
    foreign = table(changed=90_000, dead=90_000, oid=3, name="public.theirs", is_maintained=False)
    found, skipped = needs((some, worse, foreign), server, POLICY)
    assert [one.table.oid for one in found] == [2, 1]
    assert [(one.kind, one.table) for one in skipped] == [("analyze", "public.theirs"), ("vacuum", "public.theirs")]
    assert "pg_maintain" in skipped[0].reason


def test_a_need_is_looked_for_again_before_it_is_met(table, server):
    assert still("vacuum", table(dead=90_000), server, POLICY).kind == "vacuum"
    assert still("vacuum", table(changed=90_000), server, POLICY) is None
