from datetime import timedelta

from sqlalchemy import text

from celeriac.indexes import prune
from celeriac.indexes.policy import PrunePolicy
from celeriac.ledger import planning

from .loop import TARGET, Loop

POLICY = PrunePolicy(min_reads_per_day=0.0, min_writes_per_day=0.0)
SHIFT = text("UPDATE celeriac.index_usage SET at = at - interval '60 days'")
AGE = text("""
    INSERT INTO celeriac.index_usage (target, server, index_oid, at, scans, table_reads, table_writes, stats_reset)
    SELECT target, server, index_oid, at + day * interval '1 day', scans, table_reads, table_writes, stats_reset
    FROM celeriac.index_usage, generate_series(1, 59) AS day
""")


def examined(loop: Loop) -> dict[str, str]:
    """What is found of each index: why it could go, or why it stays."""
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        indexes = prune.observe(ledger, TARGET, connection, {}, POLICY)
        findings = prune.examine(ledger, TARGET, indexes, (), POLICY)
    gone = {one.index.name: one.why for one in findings.prunable}
    return gone | {one.index.name: one.reason for one in findings.stays}


def watched_for_two_cycles(loop: Loop) -> None:
    examined(loop)
    with loop.ledger() as ledger:
        ledger.execute(SHIFT)
        ledger.execute(AGE)


def used_once(loop: Loop) -> None:
    """A scan, with the counters sent at once as when a session ends."""
    with loop.engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        connection.execute(text("SELECT count(*) FROM jobs WHERE user_id = 7")).all()


def test_what_was_just_made_is_not_proven(loop: Loop):
    loop.sql("CREATE INDEX jobs_user ON jobs (user_id)")
    assert "has not been watched for 60 days" in examined(loop)["jobs_user"]


def test_what_nobody_used_can_go_and_the_primary_key_stays(loop: Loop):
    loop.sql("CREATE INDEX jobs_user ON jobs (user_id)")
    watched_for_two_cycles(loop)
    found = examined(loop)
    assert found["jobs_user"] == "unused"
    assert found["jobs_pkey"].startswith("it is the primary key")


def test_one_use_within_the_cycles_keeps_it(loop: Loop):
    loop.sql("CREATE INDEX jobs_user ON jobs (user_id)")
    watched_for_two_cycles(loop)
    used_once(loop)
    assert "jobs_user" not in examined(loop)


def test_our_own_planning_is_no_use(loop: Loop):
    loop.sql("CREATE INDEX jobs_user ON jobs (user_id)")
    watched_for_two_cycles(loop)
    used_once(loop)
    with loop.ledger() as ledger:
        oid = ledger.scalar(text("SELECT 'jobs_user'::regclass::oid::bigint"))
        planning.record(ledger, TARGET, [(int(oid or 0), 1)])
    assert examined(loop)["jobs_user"] == "unused"


def test_the_only_index_of_a_foreign_key_stays(loop: Loop):
    loop.sql("CREATE TABLE owners (id int PRIMARY KEY)")
    loop.sql("CREATE TABLE things (id int, owner int REFERENCES owners)")
    loop.sql("CREATE INDEX things_owner ON things (owner)")
    watched_for_two_cycles(loop)
    assert examined(loop)["things_owner"] == "it is the only index that serves a foreign key of its table"


def test_keys_are_compared_with_operator_class_and_direction(loop: Loop):
    loop.sql("CREATE INDEX plain ON jobs (status)")
    loop.sql("CREATE INDEX wider ON jobs (status, user_id)")
    loop.sql("CREATE INDEX pattern ON jobs (status text_pattern_ops)")
    loop.sql("CREATE INDEX downwards ON jobs (status DESC)")
    found = examined(loop)
    assert found["plain"] == "prefix"
    assert {"prefix", "duplicate"}.isdisjoint({found["pattern"], found["downwards"], found["wider"]})


def test_history_is_forgotten_after_a_cycle_more(loop: Loop):
    examined(loop)
    with loop.ledger() as ledger:
        ledger.execute(text("UPDATE celeriac.index_usage SET at = at - interval '91 days'"))
    examined(loop)
    with loop.ledger() as ledger:
        oldest = ledger.scalar(text("SELECT clock_timestamp() - min(at) FROM celeriac.index_usage"))
    assert oldest is not None
    assert oldest < timedelta(days=1)


def test_of_other_methods_options_are_compared_as_well(loop: Loop):
    loop.sql("CREATE INDEX coarse ON jobs USING brin (id) WITH (pages_per_range = 128)")
    loop.sql("CREATE INDEX fine ON jobs USING brin (id) WITH (pages_per_range = 4)")
    loop.sql("CREATE INDEX fine_too ON jobs USING brin (id) WITH (pages_per_range = 4)")
    loop.sql("CREATE INDEX many ON jobs USING brin (id int8_minmax_multi_ops (values_per_range = 200))")
    loop.sql("CREATE INDEX few ON jobs USING brin (id int8_minmax_multi_ops (values_per_range = 8))")
    found = examined(loop)
    assert {name for name, why in found.items() if why == "duplicate"} == {"fine_too"}
