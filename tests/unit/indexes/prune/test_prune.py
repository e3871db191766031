from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from celeriac.indexes.policy import PrunePolicy
from celeriac.indexes.prune import Findings, Found, find
from celeriac.indexes.prune.proof import Proof, Unproven, Unused, Used, prove
from celeriac.ledger.usage import Reading, Snapshot

NOW = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = PrunePolicy()
IDLE = Unused(60 * DAY, 1, 9_000.0, 9_000.0)
PLAIN = Found(
    oid=10, schema_name="public", table_name="jobs", table_oid=1, name="jobs_user", method="btree", ddl="",
    size_bytes=8192,
    valid=True, at_work=False, is_unique=False, is_primary=False, is_exclusion=False, backs_constraint=False,
    is_replica_identity=False, is_clustered=False, of_extension=False, is_part=False, is_partitioned=False,
    predicate="", keys=("user",), columns=(2,), included=frozenset(), foreign_keys=frozenset(), scans=0,
    table_reads=0, table_writes=0, stats_reset=None,
)  # fmt: skip
WIDER = replace(PLAIN, oid=11, name="jobs_user_status", keys=("user", "status"), columns=(2, 3), scans=5)


def history(*, scans=lambda _: 0, reset=lambda _: None, daily=2000, days=range(61), server="primary"):
    """Snapshots of `days`, counted back from today (0)."""
    return [
        Snapshot(NOW - day * DAY, Reading(server, 10, scans(60 - day), daily * (60 - day), daily * (60 - day),
                                          reset(60 - day)))
        for day in reversed(days)
    ]  # fmt: skip


def proof(snapshots, servers=("primary",), planned=0) -> Proof:
    return prove(snapshots, servers=servers, planned=planned, now=NOW, policy=POLICY)


def reasons(findings: Findings) -> list[str]:
    return [one.sentence for one in findings.stays]


def test_a_month_of_watching_proves_nothing_yet():
    assert proof(history(days=range(31))) == Unproven("primary has not been watched for 60 days yet")


def test_a_quiet_table_proves_nothing():
    outcome = proof(history(daily=900))
    assert outcome == Unproven("its table had 900 reads and 900 writes a day: too quiet to prove anything")


def test_a_reset_takes_the_proof_away():
    outcome = proof(history(reset=lambda day: NOW if day >= 30 else None))
    assert isinstance(outcome, Unproven)
    assert "were reset after 2026-08-01" in outcome.reason


def test_a_counter_that_shrank_was_reset():
    outcome = proof(history(scans=lambda day: 7 if day < 20 else 0))
    assert isinstance(outcome, Unproven)


def test_a_reset_could_hide_where_nobody_watched():
    outcome = proof(history(days=[0, *range(10, 61)]))
    assert outcome == Unproven("primary was not watched for 10.0 days on end: a reset could hide there")


def test_a_replica_that_nobody_watched_proves_nothing():
    outcome = proof(history(), servers=("primary", "replica 1"))
    assert outcome == Unproven("replica 1 has not been watched for 60 days yet")


def test_use_on_a_replica_alone_is_use():
    on_replica = history(scans=lambda day: day, server="replica 1")
    assert proof(history() + on_replica, servers=("primary", "replica 1")) == Used(60)


def test_use_at_the_end_of_a_month_is_use():
    assert proof(history(scans=lambda day: 1 if day >= 29 else 0)) == Used(1)


def test_what_our_own_planning_caused_is_no_use():
    assert isinstance(proof(history(scans=lambda day: 3 if day > 5 else 0), planned=3), Unused)


def test_more_planning_than_scans_hides_something():
    assert isinstance(proof(history(scans=lambda day: 1 if day > 5 else 0), planned=3), Unproven)


def test_no_scan_on_a_busy_table_over_two_cycles_is_proof():
    assert proof(history()) == Unused(60 * DAY, 1, 2000.0, 2000.0)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("is_primary", "it is the primary key"),
        ("is_exclusion", "it enforces an exclusion constraint"),
        ("backs_constraint", "a constraint rests on it"),
        ("is_unique", "it keeps rows unique"),
        ("is_replica_identity", "replication identifies rows by it"),
        ("is_clustered", "its table is clustered by it"),
        ("of_extension", "it belongs to an extension"),
        ("is_part", "it is a part of its partitioned table's index"),
        ("is_partitioned", "it is on a partitioned table, whose drop locks every partition"),
    ],
)
def test_what_is_needed_stays_however_idle(what, reason):
    findings = find([replace(PLAIN, **{what: True})], {10: IDLE})
    assert findings.prunable == ()
    assert reasons(findings)[0].startswith(f"public.jobs_user stays: {reason} (no scan on the server in 60 days")


def test_the_only_index_of_a_foreign_key_stays():
    findings = find([replace(PLAIN, foreign_keys=frozenset({frozenset({2})}))], {10: IDLE})
    assert reasons(findings) == [
        "public.jobs_user stays: it is the only index that serves a foreign key of its table"
    ]  # fmt: skip


def test_of_two_idle_indexes_that_serve_a_foreign_key_one_stays():
    serving = replace(PLAIN, foreign_keys=frozenset({frozenset({2})}))
    findings = find([serving, replace(serving, oid=11, name="second")], {10: IDLE, 11: IDLE})
    assert [one.index.name for one in findings.prunable] == ["second"]


def test_what_is_not_proven_says_why():
    assert reasons(find([PLAIN], {10: Unproven("too early")})) == ["public.jobs_user stays: too early"]


def test_an_index_in_use_is_not_mentioned():
    assert find([replace(PLAIN, scans=9)], {10: Used(9)}) == Findings((), ())


def test_an_idle_index_can_go():
    (one,) = find([PLAIN], {10: IDLE}).prunable
    assert (one.why, one.index) == ("unused", PLAIN)


def test_of_two_that_are_the_same_the_older_stays():
    (one,) = find([PLAIN, replace(PLAIN, oid=12, name="again")], {}).prunable
    assert (one.why, one.index.name) == ("duplicate", "again")


def test_a_wider_index_makes_its_beginning_needless():
    (one,) = find([PLAIN, WIDER], {}).prunable
    assert (one.why, one.index.name) == ("prefix", "jobs_user")


def test_an_idle_wider_index_goes_and_the_narrower_in_use_stays():
    findings = find([replace(PLAIN, scans=5), WIDER], {11: IDLE, 10: Used(5)})
    assert [(one.why, one.index.name) for one in findings.prunable] == [("unused", "jobs_user_status")]


@pytest.mark.parametrize(
    "other",
    [
        {"predicate": "status = 'failed'"},
        {"keys": ("status", "user"), "columns": (3, 2)},
        {"keys": ("user desc", "status")},
        {"method": "hash"},
        {"valid": False, "at_work": True},
        {"table_name": "tasks"},
    ],
)
def test_what_a_plan_could_not_use_instead_covers_nothing(other):
    assert find([PLAIN, replace(WIDER, **other)], {}).prunable == ()


def test_what_is_included_must_be_there_too():
    covering = replace(PLAIN, included=frozenset({9}))
    assert find([covering, WIDER], {}).prunable == ()
    assert find([covering, replace(WIDER, included=frozenset({9}))], {}).prunable[0].index is covering


def test_a_unique_index_covers_a_plain_one_and_stays():
    unique = replace(PLAIN, oid=9, name="jobs_user_key", is_unique=True)
    assert [one.index.name for one in find([PLAIN, unique], {}).prunable] == ["jobs_user"]


def test_an_invalid_index_can_go_unless_somebody_works_on_its_table():
    invalid = replace(PLAIN, valid=False)
    assert find([invalid], {}).prunable[0].why == "invalid"
    assert find([replace(invalid, at_work=True)], {}).prunable == ()
