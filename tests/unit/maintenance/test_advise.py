"""A fifth of a large table is too much at once: it gets factors of its own, and its former ones back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from celeriac.maintenance.advise import advise, scale_factor, set_options, undo
from celeriac.maintenance.need import needs, settings
from celeriac.maintenance.policy import MaintenancePolicy

POLICY = MaintenancePolicy()
LARGE = {"rows": 50_000_000, "estimated_rows": 50e6, "inserts": 60_000_000, "rewrites": 30_000_000}


def advised(table, server):
    return {one.option: one.value for one in advise(table, server, POLICY)}


def test_a_table_of_ordinary_size_keeps_the_servers_settings(table, server):
    assert advise(table(rows=900_000, estimated_rows=9e5), server, POLICY) == ()


def test_millions_must_not_die_before_autovacuum_comes(table, server):
    need = settings(table(**LARGE), server, POLICY)
    assert need.ddl == (
        "ALTER TABLE public.jobs "
        "SET (autovacuum_vacuum_scale_factor = '0.02', autovacuum_analyze_scale_factor = '0.02')"
    )
    assert need.undo_ddl == (
        "ALTER TABLE public.jobs RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"
    )
    assert "10000050 die before autovacuum comes" in need.reason


def test_what_is_only_inserted_into_has_its_pages_marked_earlier(table, server):
    assert advised(table(**{**LARGE, "rewrites": 10}), server) == {
        "autovacuum_vacuum_insert_scale_factor": "0.02",
        "autovacuum_analyze_scale_factor": "0.02",
    }


def test_what_is_never_written_needs_no_setting(table, server):
    assert advise(table(**{**LARGE, "inserts": 0, "rewrites": 0}), server, POLICY) == ()


def test_where_vacuum_for_inserts_is_off_it_stays_off(table, server):
    off = replace(server, insert_base=-1)
    assert "autovacuum_vacuum_insert_scale_factor" not in advised(table(**{**LARGE, "rewrites": 10}), off)


def test_what_has_settings_of_its_own_gets_exactly_them_back(table, server):
    own = table(**LARGE, options={"autovacuum_vacuum_scale_factor": "0.15", "fillfactor": "90"})
    need = settings(own, server, POLICY)
    assert need.undo_ddl == (
        "ALTER TABLE public.jobs SET (autovacuum_vacuum_scale_factor = '0.15'); "
        "ALTER TABLE public.jobs RESET (autovacuum_analyze_scale_factor)"
    )


def test_a_table_whose_autovacuum_somebody_switched_off_is_not_tuned(table, server):
    assert settings(table(**LARGE, options={"autovacuum_enabled": "false"}), server, POLICY) is None
    assert settings(table(**LARGE, kind="m"), server, POLICY) is None


def test_a_table_that_is_not_ours_is_told(table, server):
    _, skipped = needs((table(**LARGE, is_owned=False),), server, POLICY)
    assert [one.reason for one in skipped] == ["public.jobs is not ours to alter: grant our role its owner's."]


def test_what_is_advised_is_advised_once(table, server):
    need = settings(table(**LARGE), server, POLICY)
    assert settings(table(**LARGE, options=need.options), server, POLICY) is None


def test_beyond_the_smallest_factor_nothing_more_is_advised(table, server):
    huge = {**LARGE, "rows": 90_000_000_000, "estimated_rows": 90e9}
    need = settings(table(**huge), server, POLICY)
    assert set(need.options.values()) == {"0.001"}
    assert settings(table(**huge, options=need.options), server, POLICY) is None


@given(st.floats(min_value=1e6, max_value=1e9))
def test_a_factor_never_lets_more_rows_wait_than_the_bound(rows):
    factor = scale_factor(rows, POLICY)
    assert factor * rows <= POLICY.max_dead_rows * 1.000001
    assert factor * rows >= POLICY.max_dead_rows / 2.5


def test_a_value_cannot_leave_its_quotes(table):
    odd = table(options={"autovacuum_vacuum_scale_factor": "0.1'"})
    assert undo(odd, {"autovacuum_vacuum_scale_factor": "1"}).endswith("= '0.1''')")
    assert set_options("t", {"o": "1"}) == "ALTER TABLE t SET (o = '1')"
