"""What is judged of a PostgreSQL target, one function a check, in the order they are printed; pure."""

from collections.abc import Callable
from typing import Final

from celeriac.cli.doctor.facts import Facts
from celeriac.cli.doctor.finding import Finding, missing, ok, skipped, warning
from celeriac.cli.printing import size
from celeriac.statements.extension import layout_of

OLDEST, NEWEST = 13, 18
MIB = 1024 * 1024
LAG_S = 10.0
"""As the guard that refuses to build while a replica is further behind."""
RELOAD = "SELECT pg_reload_conf();"


def server(facts: Facts) -> Finding:
    """Is the server of a version that every query was run on?"""
    major = facts.version_num // 10_000
    if major < OLDEST:
        return missing(
            "PostgreSQL", f"{facts.version} is older than {OLDEST}", f"upgrade to PostgreSQL {OLDEST} or later"
        )
    if major > NEWEST:
        return warning("PostgreSQL", f"{facts.version} is newer than {NEWEST}, the newest that was tested")
    return ok("PostgreSQL", f"{facts.version}, database {facts.database}, role {facts.role}")


def standby(facts: Facts) -> Finding:
    """Can anything be changed here?"""
    if not facts.is_standby:
        return ok("primary", "this server can be written")
    lag = "" if facts.standby_lag_s is None else f", {facts.standby_lag_s:.0f} s since its last replayed commit"
    return warning(
        "primary", f"this is a read-only standby{lag}: it can be measured, not changed", "give the primary's URL"
    )


def statistics_library(facts: Facts) -> Finding:
    """Is pg_stat_statements there, loaded and young enough?"""
    name = "pg_stat_statements"
    version = facts.installed.get(name)
    if not facts.statements_loaded:
        command = f"ALTER SYSTEM SET shared_preload_libraries = '{name}'; -- with what is there already; then restart"
        return missing(name, "the library is not loaded", command)
    if version is None:
        return missing(name, f"the extension is not created in database {facts.database}", _create(facts, name))
    if layout_of(version) is None:
        return missing(name, f"version {version} is too old", f"ALTER EXTENSION {name} UPDATE;")
    newest = facts.available.get(name, version)
    if layout_of(newest) != layout_of(version):
        return warning(name, f"version {version} shows less than {newest} would", f"ALTER EXTENSION {name} UPDATE;")
    return ok(name, f"version {version}")


def tracking(facts: Facts) -> Finding:
    """Are statements counted?"""
    if not facts.statements_loaded:
        return skipped("statements are counted", "pg_stat_statements is not loaded")
    if facts.statements_track == "none":
        command = f"ALTER SYSTEM SET pg_stat_statements.track = 'top'; {RELOAD}"
        return missing("statements are counted", "pg_stat_statements.track is none", command)
    if facts.compute_query_id == "off":
        command = f"ALTER SYSTEM SET compute_query_id = 'auto'; {RELOAD}"
        return missing("statements are counted", "compute_query_id is off", command)
    return ok("statements are counted", f"pg_stat_statements.track is {facts.statements_track}")


def statistics_right(facts: Facts) -> Finding:
    """May the role see everybody's statements?"""
    if not facts.reads_statistics:
        said = "the role sees only its own statements"
        return missing("pg_read_all_stats", said, f"GRANT pg_read_all_stats TO {facts.role};")
    return ok("pg_read_all_stats", "the role sees the statements of all roles")


def monitor_right(facts: Facts) -> Finding:
    """May the role see everybody's sessions and settings?"""
    if not facts.is_monitor:
        said = "the role does not see every session, lock and setting; some guards know less"
        return warning("pg_monitor", said, f"GRANT pg_monitor TO {facts.role};")
    return ok("pg_monitor", "the role sees sessions, locks and settings")


def what_if(facts: Facts) -> Finding:
    """Can the planner be asked about indexes that are not there?"""
    if "hypopg" in facts.installed:
        return ok("hypopg", f"version {facts.installed['hypopg']}: advice is verified by the planner")
    said = "not created: advice is estimated from statistics, unverified by the planner"
    major = facts.version_num // 10_000
    return warning("hypopg", said, _create(facts, "hypopg", f"postgresql-{major}-hypopg"))


def prewarming(facts: Facts) -> Finding:
    """Can buffers be warmed?"""
    return _optional(facts, "pg_prewarm", "buffers are not warmed after a restart or a build")


def buffer_view(facts: Facts) -> Finding:
    """Can be seen what is hot?"""
    return _optional(facts, "pg_buffercache", "which blocks are hot is estimated from counters")


def trigrams(facts: Facts) -> Finding:
    """Can pattern searches be indexed?"""
    return _optional(facts, "pg_trgm", "no index is proposed for LIKE '%…%'")


def tables(facts: Facts) -> Finding:
    """On which tables may the role create indexes?"""
    if not facts.tables:
        return warning("indexes", f"database {facts.database} has no tables; is it the right one?")
    said = f"the role may create indexes on {facts.may_index} of {facts.tables} tables"
    if facts.may_index == facts.tables:
        return ok("indexes", said)
    grants = [f"GRANT {owner} TO {facts.role};" for owner in facts.owners]
    grants += [f"GRANT CREATE ON SCHEMA {schema} TO {facts.role};" for schema in facts.closed_schemas]
    return warning("indexes", f"{said}: the others can only be advised", " ".join(grants))


def ledger(facts: Facts) -> Finding:
    """Is the ledger there and up to date?"""
    name = "ledger"
    if facts.has_ledger_schema and not facts.may_use_ledger:
        command = f"GRANT USAGE, CREATE ON SCHEMA celeriac TO {facts.role};"
        return missing(name, "schema celeriac is closed to the role", command)
    if facts.ledger_revision == facts.newest_revision:
        return ok(name, f"revision {facts.ledger_revision}")
    if not facts.has_ledger_schema and not facts.may_create_schema:
        command = f"CREATE SCHEMA celeriac AUTHORIZATION {facts.role}; -- then: celeriac migrate URL"
        return missing(name, "schema celeriac is not there, and the role may not create it", command)
    said = f"revision {facts.ledger_revision} is old" if facts.ledger_revision else "not created yet"
    return missing(name, said, "celeriac migrate URL")


def changes_allowed(facts: Facts) -> Finding:
    """Is the kill switch off?"""
    if facts.paused:
        return warning("changes", f"{'; '.join(facts.paused)}: nothing is changed", "celeriac resume URL")
    return ok("changes", "not paused")


def io_timing(facts: Facts) -> Finding:
    """Is the time of reads and writes measured?"""
    if not facts.track_io_timing:
        command = f"ALTER SYSTEM SET track_io_timing = on; {RELOAD} -- pg_test_timing shows what it costs"
        return warning("track_io_timing", "off: no statement can be ranked by I/O time", command)
    return ok("track_io_timing", "on")


def build_memory(facts: Facts) -> Finding:
    """Is there memory to build an index in?"""
    said = f"maintenance_work_mem is {size(facts.maintenance_work_mem_bytes)}"
    if facts.maintenance_work_mem_bytes < 64 * MIB:
        command = f"ALTER SYSTEM SET maintenance_work_mem = '256MB'; {RELOAD}"
        return warning("build memory", f"{said}: indexes build slowly", command)
    return ok("build memory", f"{said}, {facts.parallel_maintenance_workers} parallel workers")


def buffers(facts: Facts) -> Finding:
    """Was shared_buffers ever set?"""
    said = f"shared_buffers is {size(facts.shared_buffers_bytes)}"
    if facts.shared_buffers_bytes <= 128 * MIB:
        command = "ALTER SYSTEM SET shared_buffers = '…'; -- a quarter of the memory is usual; then restart"
        return warning("shared_buffers", f"{said}, no more than the default", command)
    return ok("shared_buffers", said)


def replicas(facts: Facts) -> Finding:
    """Do replicas keep up? An index build is replayed by each of them."""
    if not facts.replicas:
        return ok("replicas", "none")
    if facts.replica_lag_s is not None and facts.replica_lag_s > LAG_S:
        return warning(
            "replicas", f"the slowest of {facts.replicas} is {facts.replica_lag_s:.0f} s behind: builds wait"
        )
    return ok("replicas", f"{facts.replicas} keep up")


def invalid_indexes(facts: Facts) -> Finding:
    """Did a build leave anything behind?"""
    if not facts.invalid_indexes:
        return ok("invalid indexes", "none")
    said = f"{', '.join(facts.invalid_indexes)}: no query uses them, every write pays for them"
    drops = " ".join(f"DROP INDEX CONCURRENTLY {name};" for name in facts.invalid_indexes)
    return warning("invalid indexes", said, drops)


def analyzed(facts: Facts) -> Finding:
    """Does the planner know the tables?"""
    if facts.never_analyzed:
        return warning(
            "statistics", f"{facts.never_analyzed} tables were never analyzed: advice guesses there", "ANALYZE;"
        )
    return ok("statistics", "every larger table was analyzed")


CHECKS: Final[tuple[Callable[[Facts], Finding], ...]] = (
    server,
    standby,
    statistics_library,
    tracking,
    statistics_right,
    monitor_right,
    what_if,
    prewarming,
    buffer_view,
    trigrams,
    tables,
    ledger,
    changes_allowed,
    io_timing,
    build_memory,
    buffers,
    replicas,
    invalid_indexes,
    analyzed,
)


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Run every check."""
    return tuple(check(facts) for check in CHECKS)


def _optional(facts: Facts, name: str, without: str) -> Finding:
    if name in facts.installed:
        return ok(name, f"version {facts.installed[name]}")
    return warning(name, f"not created: {without}", _create(facts, name))


def _create(facts: Facts, name: str, package: str = "postgresql-contrib") -> str:
    command = f"CREATE EXTENSION {name};"
    return command if name in facts.available else f"apt-get install {package} -- on the server; then {command}"
