"""What each guard decides of its facts, at its bound and beyond."""

from celeriac.indexes.guards import (
    disk,
    index_count,
    mode,
    other_builds,
    pace,
    snapshot,
    storage,
    table_size,
)
from celeriac.indexes.guards import vacuum as vacuums
from celeriac.indexes.policy import GuardPolicy
from celeriac.supervision.outcome import Clear, Refused

POLICY = GuardPolicy()


def test_a_plain_autovacuum_yields_and_one_against_wraparound_does_not():
    assert vacuums.decide((vacuums.Vacuum(7, automatic=True, against_wraparound=False),)) == Clear()
    refused = vacuums.decide((vacuums.Vacuum(7, automatic=True, against_wraparound=True),))
    assert refused == Refused("vacuum", "process 7 runs a vacuum against wraparound of the table")


def test_a_build_counts_twice_on_the_disk():
    full = disk.Disk(total_bytes=1000, free_bytes=300)
    assert disk.decide(full, 100, POLICY) == Clear()
    assert isinstance(disk.decide(full, 101, POLICY), Refused)


def test_bounds_are_inclusive():
    assert storage.decide(POLICY.storage_budget_bytes - 5, 5, POLICY) == Clear()
    assert snapshot.decide(snapshot.Snapshot("process 3", POLICY.max_snapshot_age_s), POLICY) == Clear()
    assert table_size.decide(POLICY.max_table_bytes, POLICY) == Clear()
    assert index_count.decide(POLICY.max_indexes_per_table - 1, POLICY) == Clear()


def test_a_prepared_transaction_is_named():
    refused = snapshot.decide(snapshot.Snapshot("prepared transaction t1", 4000), POLICY)
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("prepared transaction t1 has had a transaction open for 4000 s")


def test_a_table_that_is_gone_is_not_the_sizes_business():
    assert table_size.decide(None, POLICY) == Clear()


def test_a_build_whose_table_is_hidden_is_still_a_build():
    assert other_builds.decide((other_builds.Build(9, None),)) == Refused(
        "other builds", "process 9 is building an index"
    )


def test_the_weeks_bytes_count_what_is_to_come():
    done = pace.Done(changes_in_a_day=0, bytes_in_a_week=POLICY.max_bytes_per_week)
    assert pace.decide(done, 0, POLICY) == Clear()
    assert isinstance(pace.decide(done, 1, POLICY), Refused)


def test_what_celeriac_did_not_make_needs_a_person_even_in_mode_auto():
    refused = mode.decide("auto", "auto", needs_person=True)
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("Celeriac did not make this index")
    assert mode.decide("auto", "anna", needs_person=True) == Clear()
    assert mode.decide("approve", "anna", needs_person=True) == Clear()
