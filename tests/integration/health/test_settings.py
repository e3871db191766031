"""Performance tips: each says whether it applies here, by what this system has measured."""

from collections.abc import Iterator

import psutil
import pytest
from sqlalchemy import Engine, text

from celeriac.health.memory import server_memory
from celeriac.health.policy import GIB, MIB, HealthPolicy

from .looking import bad, count_now, plant, skipped, the_fault, until, value, version

BUSY = HealthPolicy(
    hit_ratio_min_blocks=1_000, fast_read_min_blocks=100, temp_bytes_per_hour=MIB, server_memory_bytes=GIB
)


@pytest.fixture
def cold(server: Engine) -> Iterator[Engine]:
    """A table that is larger than the server's buffers, and was read."""
    plant(server, "CREATE TABLE t AS SELECT i AS id, repeat('x', 700) AS pad FROM generate_series(1, 12000) AS i")
    plant(server, "VACUUM ANALYZE t")
    for _ in range(3):
        plant(server, "SELECT count(*) FROM t")
    count_now(server)
    return server


def test_finds_that_what_is_read_is_not_in_the_buffers(cold: Engine) -> None:
    finding = the_fault(cold, "hit_ratio", BUSY)
    assert (finding.subject, finding.evidence["hit_ratio"] < 0.9) == ("tables", True)
    assert "; t reads the most" in finding.sentence
    assert not bad(cold, "hit_ratio")


def test_finds_buffers_that_are_too_small_for_what_is_read(cold: Engine) -> None:
    finding = the_fault(cold, "shared_buffers", BUSY)
    assert finding.cure == "ALTER SYSTEM SET shared_buffers = '256MB'; -- needs a restart"
    assert not bad(cold, "shared_buffers", HealthPolicy(server_memory_bytes=GIB))


def test_finds_buffers_that_leave_the_machine_too_little(server: Engine) -> None:
    finding = the_fault(server, "shared_buffers", HealthPolicy(server_memory_bytes=6 * MIB))
    assert "more than half of the machine's 6 MiB" in finding.sentence


def test_finds_a_planner_that_takes_flash_for_a_disk(cold: Engine) -> None:
    finding = the_fault(cold, "random_page_cost", BUSY, first=["SET random_page_cost = 4"])
    assert finding.evidence["read_ms"] < 0.5
    assert not bad(cold, "random_page_cost", BUSY, first=["SET random_page_cost = 1.1"])
    slow = HealthPolicy(fast_read_min_blocks=100, fast_read_ms=0)
    assert not bad(cold, "random_page_cost", slow, first=["SET random_page_cost = 4"])


def test_finds_storage_that_could_read_ahead_and_is_not_asked_to(cold: Engine) -> None:
    assert bad(cold, "effective_io_concurrency", BUSY, first=["SET effective_io_concurrency = 1"])
    assert not bad(cold, "effective_io_concurrency", BUSY, first=["SET effective_io_concurrency = 16"])
    slow = HealthPolicy(fast_read_min_blocks=100, fast_read_ms=0)
    assert not bad(cold, "effective_io_concurrency", slow, first=["SET effective_io_concurrency = 1"])


@pytest.mark.parametrize("check", ["random_page_cost", "effective_io_concurrency"])
def test_of_storage_that_was_not_timed_or_hardly_read_nothing_is_said(server: Engine, check: str) -> None:
    default = ["SET random_page_cost = 4", "SET effective_io_concurrency = 1"]
    untimed = skipped(server, check, first=[*default, "SET track_io_timing = off"])
    assert untimed == "Not looked at: reads are not timed."
    assert "blocks were read so far" in skipped(server, check, HealthPolicy(fast_read_min_blocks=10**9), first=default)


def test_finds_that_reads_are_not_timed(server: Engine) -> None:
    assert the_fault(server, "track_io_timing", first=["SET track_io_timing = off"])
    assert not bad(server, "track_io_timing", first=["SET track_io_timing = on"])


@pytest.mark.parametrize(
    ("cache", "memory", "why"),
    [
        ("1MB", GIB, "less than shared_buffers alone"),
        ("16MB", 12 * MIB, "more than the machine's 12 MiB"),
        ("8MB", 64 * MIB, "little of the machine's 64 MiB"),
    ],
)
def test_finds_a_planner_that_misjudges_the_memory(cold: Engine, cache: str, memory: int, why: str) -> None:
    setting = [f"SET effective_cache_size = '{cache}'"]
    assert (
        why in the_fault(cold, "effective_cache_size", HealthPolicy(server_memory_bytes=memory), first=setting).sentence
    )


def test_a_planner_that_knows_the_memory_is_left_alone(cold: Engine) -> None:
    policy = HealthPolicy(server_memory_bytes=24 * MIB)
    assert not bad(cold, "effective_cache_size", policy, first=["SET effective_cache_size = '16MB'"])


def test_finds_memory_that_was_promised_and_is_not_there(server: Engine) -> None:
    policy = HealthPolicy(server_memory_bytes=2 * GIB)
    finding = the_fault(server, "memory_promised", policy, first=["SET work_mem = '64MB'"])
    assert finding.evidence["promised_bytes"] > 6 * GIB
    assert not bad(server, "memory_promised", policy, first=["SET work_mem = '1MB'"])


def test_the_machines_memory_is_read_from_it_where_that_is_allowed(server: Engine) -> None:
    with server.connect() as connection:
        memory = server_memory(connection, HealthPolicy())
        assert memory is not None
        assert 100 * MIB < memory <= psutil.virtual_memory().total
        connection.execute(text("CREATE ROLE health_blind"))
        connection.execute(text("SET LOCAL ROLE health_blind"))
        assert server_memory(connection, HealthPolicy()) is None


@pytest.mark.parametrize("check", ["memory_promised", "effective_cache_size"])
def test_where_the_memory_is_not_known_nothing_is_said_of_it(cold: Engine, check: str) -> None:
    blind = ["SET effective_cache_size = '8MB'", "CREATE ROLE health_blind", "SET LOCAL ROLE health_blind"]
    assert "the memory of the database's machine is not known" in skipped(cold, check, HealthPolicy(), first=blind)


def test_finds_sorts_that_go_to_disk(server: Engine) -> None:
    with server.connect() as connection:
        connection.execute(text("SET work_mem = '64kB'"))
        connection.execute(text("SELECT md5(i::text) FROM generate_series(1, 50000) AS i ORDER BY 1")).all()
    count_now(server)
    finding = until(lambda: bad(server, "temp_files", BUSY))[0]
    assert finding.evidence["bytes_per_hour"] > MIB
    assert not bad(server, "temp_files")


def test_finds_checkpoints_that_come_before_their_time(server: Engine) -> None:
    recent = version(server) >= 17
    plant(server, f"SELECT pg_stat_reset_shared('{'checkpointer' if recent else 'bgwriter'}')")
    for number in range(4):
        plant(server, f"CREATE TABLE t{number} (a int)")
        plant(server, "CHECKPOINT")
    often = HealthPolicy(checkpoints_min=3)
    finding = until(lambda: bad(server, "frequent_checkpoints", often))[0]
    assert finding.evidence["requested"] >= 3
    assert not bad(server, "frequent_checkpoints", HealthPolicy(checkpoints_min=1_000))


def test_finds_statements_that_are_compiled_for_nothing(server: Engine) -> None:
    if not value(server, "SELECT pg_jit_available()"):
        pytest.skip("this PostgreSQL was built without JIT")
    with server.connect() as connection:
        connection.execute(text("SET jit_above_cost = 0"))
        connection.execute(text("SELECT sum(i) FROM generate_series(1, 1000) AS i WHERE i > 3")).all()
    finding = the_fault(server, "jit", HealthPolicy(jit_min_ms=0, jit_ratio=0.05))
    assert finding.evidence["compile_ms"] > 0
    assert not bad(server, "jit")
    assert not bad(server, "jit", HealthPolicy(jit_min_ms=0, jit_ratio=0.05), first=["SET jit = off"])


def test_finds_that_statements_are_forgotten(server: Engine) -> None:
    plant(server, "SELECT pg_stat_statements_reset()")
    assert not bad(server, "evicted_statements", HealthPolicy(evictions_per_hour=1))
    plant(server, "; ".join(f"SET health.setting_{number} = 1" for number in range(700)))
    finding = the_fault(server, "evicted_statements", HealthPolicy(evictions_per_hour=1))
    assert finding.evidence["most"] == 500
    assert finding.cure is not None
    assert "pg_stat_statements.max = 1000" in finding.cure


@pytest.mark.parametrize("check", ["jit", "evicted_statements", "passwords_in_statements", "extended_statistics"])
def test_without_pg_stat_statements_it_is_said_what_to_install(server: Engine, check: str) -> None:
    plant(server, "DROP EXTENSION pg_stat_statements")
    assert "run `CREATE EXTENSION pg_stat_statements`" in skipped(server, check)


@pytest.mark.parametrize("check", ["jit", "evicted_statements", "passwords_in_statements", "extended_statistics"])
def test_pg_stat_statements_is_found_in_any_schema(server: Engine, check: str) -> None:
    plant(server, 'CREATE SCHEMA "odd:name"; ALTER EXTENSION pg_stat_statements SET SCHEMA "odd:name"')
    plant(server, 'SELECT "odd:name".pg_stat_statements_reset()')
    if check == "jit" and version(server) < 15:
        assert skipped(server, check) == "Not looked at: pg_stat_statements counts it from version 1.10 on."
    else:
        assert not bad(server, check)
