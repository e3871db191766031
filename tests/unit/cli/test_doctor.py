from dataclasses import replace

import pytest

from celeriac.cli.doctor import redis
from celeriac.cli.doctor.checks import CHECKS, MIB, examine
from celeriac.cli.doctor.facts import Facts
from celeriac.cli.doctor.finding import Finding

EXTENSIONS = {
    "pg_stat_statements": "1.10",
    "hypopg": "1.3.1",
    "pg_prewarm": "1.2",
    "pg_buffercache": "1.3",
    "pg_trgm": "1.6",
}
WELL = Facts(
    version_num=150_020,
    version="15.20",
    database="shop",
    role="app",
    is_standby=False,
    statements_loaded=True,
    statements_track="top",
    compute_query_id="auto",
    track_io_timing=True,
    maintenance_work_mem_bytes=256 * MIB,
    shared_buffers_bytes=4096 * MIB,
    random_page_cost=1.1,
    parallel_maintenance_workers=2,
    reads_statistics=True,
    is_monitor=True,
    may_create_schema=True,
    has_ledger_schema=True,
    may_use_ledger=True,
    installed=EXTENSIONS,
    available=EXTENSIONS,
    replica_lag_s=0.2,
    replicas=1,
    standby_lag_s=None,
    tables=12,
    may_index=12,
    owners=(),
    closed_schemas=(),
    never_analyzed=0,
    invalid_indexes=(),
    ledger_revision="0001",
    newest_revision="0001",
)


def without(*names: str) -> dict[str, str]:
    return {name: version for name, version in EXTENSIONS.items() if name not in names}


def wrong(**facts: object) -> list[Finding]:
    return [one for one in examine(replace(WELL, **facts)) if one.status != "ok"]


def test_a_target_that_is_well_needs_nothing():
    assert wrong() == []
    assert len(examine(WELL)) == len(CHECKS)


@pytest.mark.parametrize(
    ("facts", "said", "mend"),
    [
        ({"version_num": 120_000, "version": "12.1"}, "12.1 is older than 13", "upgrade to PostgreSQL 13 or later"),
        ({"installed": without("pg_stat_statements")}, "not created", "CREATE EXTENSION pg_stat_statements;"),
        ({"installed": EXTENSIONS | {"pg_stat_statements": "1.7"}}, "too old", "EXTENSION pg_stat_statements UPDATE;"),
        ({"statements_track": "none"}, "track is none", "SET pg_stat_statements.track = 'top'; SELECT"),
        ({"compute_query_id": "off"}, "compute_query_id is off", "SET compute_query_id = 'auto'"),
        ({"reads_statistics": False}, "only its own", "GRANT pg_read_all_stats TO app;"),
        ({"may_use_ledger": False, "ledger_revision": None}, "closed", "GRANT USAGE, CREATE ON SCHEMA celeriac TO"),
        ({"ledger_revision": "0000"}, "revision 0000 is old", "celeriac migrate URL"),
        ({"has_ledger_schema": False, "ledger_revision": None}, "not created yet", "celeriac migrate URL"),
        (
            {"has_ledger_schema": False, "ledger_revision": None, "may_create_schema": False},
            "may not create it",
            "CREATE SCHEMA celeriac AUTHORIZATION app;",
        ),
    ],
)  # fmt: skip
def test_what_celeriac_cannot_work_without_is_missing_and_names_its_command(facts, said, mend):
    (found,) = wrong(**facts)

    assert found.status == "missing"
    assert said in found.said
    assert mend in found.mend


def test_a_library_that_is_not_loaded_hides_what_depends_on_it():
    library, tracking = wrong(statements_loaded=False, statements_track=None)

    assert "shared_preload_libraries" in library.mend
    assert tracking.status == "skipped"


@pytest.mark.parametrize(
    ("facts", "said", "mend"),
    [
        ({"version_num": 190_000, "version": "19.0"}, "newer than 18", None),
        ({"is_standby": True, "standby_lag_s": 3.0}, "standby, 3 s since", "give the primary's URL"),
        ({"is_standby": True}, "standby: it can be measured", "give the primary's URL"),
        ({"installed": EXTENSIONS | {"pg_stat_statements": "1.8"}}, "shows less", "ALTER EXTENSION"),
        ({"is_monitor": False}, "guards know less", "GRANT pg_monitor TO app;"),
        ({"installed": without("hypopg")}, "unverified by the planner", "CREATE EXTENSION hypopg;"),
        (
            {"installed": without("hypopg"), "available": without("hypopg")},
            "unverified by the planner",
            "apt-get install postgresql-15-hypopg -- on the server; then CREATE EXTENSION hypopg;",
        ),
        ({"installed": without("pg_prewarm")}, "not warmed", "CREATE EXTENSION pg_prewarm;"),
        ({"installed": without("pg_buffercache")}, "estimated", "CREATE EXTENSION pg_buffercache;"),
        ({"installed": without("pg_trgm")}, "LIKE", "CREATE EXTENSION pg_trgm;"),
        ({"tables": 0, "may_index": 0}, "has no tables", None),
        ({"may_index": 3, "owners": ("owner", '"Odd"')}, "3 of 12", 'GRANT owner TO app; GRANT "Odd" TO app;'),
        ({"may_index": 3, "closed_schemas": ("public",)}, "3 of 12", "GRANT CREATE ON SCHEMA public TO app;"),
        ({"track_io_timing": False}, "no statement can be ranked", "SET track_io_timing = on;"),
        ({"maintenance_work_mem_bytes": 16 * MIB}, "16.0 MiB", "SET maintenance_work_mem = '256MB'"),
        ({"shared_buffers_bytes": 128 * MIB}, "no more than the default", "restart"),
        ({"replica_lag_s": 60.0, "replicas": 2}, "slowest of 2 is 60 s behind", None),
        ({"invalid_indexes": ("public.a", "public.b")}, "public.a, public.b", "DROP INDEX CONCURRENTLY public.b;"),
        ({"never_analyzed": 4}, "4 tables", "ANALYZE;"),
    ],
)  # fmt: skip
def test_what_would_be_better_otherwise_is_a_warning(facts, said, mend):
    (found,) = wrong(**facts)

    assert found.status == "warning"
    assert said in found.said
    assert found.mend is None if mend is None else mend in found.mend


def test_a_server_without_replicas_is_well():
    assert wrong(replicas=0, replica_lag_s=None) == []


@pytest.mark.parametrize(
    ("information", "status", "said"),
    [
        ({"redis_version": "6.0.16"}, "missing", "older than 6.2"),
        ({"redis_version": "6.2.1"}, "ok", "6.2.1"),
        ({"redis_version": "8.0"}, "ok", "8.0"),
    ],
)
def test_redis_must_be_young_enough(information, status, said):
    found = redis.version(information)

    assert found.status == status
    assert said in found.said


@pytest.mark.parametrize(
    ("information", "status", "said"),
    [
        ({}, "skipped", "does not tell"),
        ({"maxmemory": 0, "maxmemory_policy": "noeviction"}, "warning", "unbounded"),
        ({"maxmemory": 64 * MIB, "maxmemory_policy": "noeviction"}, "warning", "64.0 MiB, noeviction"),
        ({"maxmemory": 64 * MIB, "maxmemory_policy": "allkeys-lfu"}, "ok", "would lose tasks"),
    ],
)
def test_redis_memory_is_bounded_by_the_right_policy(information, status, said):
    found = redis.memory(information)

    assert found.status == status
    assert said in found.said


def test_a_redis_that_cannot_be_asked_is_a_finding():
    (nowhere,) = redis.examine("redis://:hush@localhost:1/0")
    (odd,) = redis.examine("http://localhost")

    assert nowhere.status == odd.status == "missing"
    assert "hush" not in nowhere.said
    assert "redis://host:6379/0" in odd.mend
