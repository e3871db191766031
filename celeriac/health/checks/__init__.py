"""What is checked, in the order of a report: one module and its `.sql` each, and one line in `CHECKS`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from celeriac.health.checks import (
    autovacuum_off,
    blocked_sessions,
    collation_versions,
    connections,
    dead_rows,
    deadlocks,
    duplicate_indexes,
    durability,
    effective_cache_size,
    effective_io_concurrency,
    evicted_statements,
    extended_statistics,
    failed_archiving,
    foreign_key_types,
    frequent_checkpoints,
    held_rows,
    hit_ratio,
    hot_updates,
    idle_in_transaction,
    inactive_slots,
    index_bloat,
    invalid_constraints,
    invalid_indexes,
    jit,
    long_queries,
    memory_promised,
    missing_primary_keys,
    open_authentication,
    orphaned_large_objects,
    partitions_ahead,
    password_encryption,
    passwords_in_statements,
    pending_restart,
    plain_connections,
    prepared_transactions,
    public_schema,
    random_page_cost,
    redundant_indexes,
    replication_lag,
    sequences,
    sequential_reads,
    shared_buffers,
    stale_statistics,
    superuser_sessions,
    table_bloat,
    temp_files,
    track_io_timing,
    unindexed_foreign_keys,
    unlogged_tables,
    unused_indexes,
    wal_kept,
    wraparound,
)
from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Check:
    """One query, the rows it returns, and the pure function that judges them."""

    name: str
    row: Callable[..., Any]
    judge: Callable[[Sequence[Any], HealthPolicy], Iterable[Finding]]
    well: str
    """What is said where nothing was found."""
    sees_others: bool = False
    """It needs to see other users' sessions: without pg_read_all_stats these look idle, which is not ok."""
    read: Callable[[Connection, HealthPolicy, Known], Iterable[Any]] | None = None
    """Where one query is not enough; else the `.sql` is read, each of its bounds the policy's field of that name."""


CHECKS: tuple[Check, ...] = (
    # What goes on now.
    Check("connections", connections.Row, connections.judge, "Connections are left."),
    Check("blocked_sessions", blocked_sessions.Row, blocked_sessions.judge, "Nobody waits for a lock.", True),
    Check(
        "idle_in_transaction", idle_in_transaction.Row, idle_in_transaction.judge, "No transaction is left open.", True
    ),
    Check("long_queries", long_queries.Row, long_queries.judge, "No statement runs long.", True),
    Check("held_rows", held_rows.Row, held_rows.judge, "No old snapshot keeps vacuum from dead rows.", True),
    Check(
        "prepared_transactions",
        prepared_transactions.Row,
        prepared_transactions.judge,
        "No prepared transaction waits.",
    ),
    Check("deadlocks", deadlocks.Row, deadlocks.judge, "Transactions seldom deadlock."),
    # What ends the service where nobody looks.
    Check("wraparound", wraparound.Row, wraparound.judge, "Transaction numbers are frozen in time."),
    Check("sequences", sequences.Row, sequences.judge, "No sequence comes near its end."),
    Check("partitions_ahead", partitions_ahead.Row, partitions_ahead.judge, "There are partitions for what comes."),
    Check("durability", durability.Row, durability.judge, "Writes are safe against a crash."),
    Check("failed_archiving", failed_archiving.Row, failed_archiving.judge, "What is to be archived is."),
    Check("replication_lag", replication_lag.Row, replication_lag.judge, "Replicas keep up.", True),
    Check("inactive_slots", inactive_slots.Row, inactive_slots.judge, "No replication slot keeps WAL for nobody."),
    Check("wal_kept", wal_kept.Row, wal_kept.judge, "WAL is cleared as it should be."),
    Check("unlogged_tables", unlogged_tables.Row, unlogged_tables.judge, "Replicas have every table.", True),
    Check(
        "collation_versions", collation_versions.Row, collation_versions.judge, "Text is ordered as its indexes are."
    ),
    Check("pending_restart", pending_restart.Row, pending_restart.judge, "All settings hold."),
    # Tables.
    Check("autovacuum_off", autovacuum_off.Row, autovacuum_off.judge, "Autovacuum runs everywhere."),
    Check("dead_rows", dead_rows.Row, dead_rows.judge, "Vacuum keeps up."),
    Check("table_bloat", table_bloat.Row, table_bloat.judge, "No large table is half empty.", read=table_bloat.read),
    Check("hot_updates", hot_updates.Row, hot_updates.judge, "Updates seldom write needless index entries."),
    Check(
        "stale_statistics", stale_statistics.Row, stale_statistics.judge, "The planner knows the tables as they are."
    ),
    Check(
        "extended_statistics",
        extended_statistics.Row,
        extended_statistics.judge,
        "The planner judges columns well that are compared together.",
        read=extended_statistics.read,
    ),
    Check(
        "missing_primary_keys", missing_primary_keys.Row, missing_primary_keys.judge, "Each table has a primary key."
    ),
    Check(
        "foreign_key_types",
        foreign_key_types.Row,
        foreign_key_types.judge,
        "Foreign keys have the type of what they refer to.",
    ),
    Check("invalid_constraints", invalid_constraints.Row, invalid_constraints.judge, "All constraints are valid."),
    Check(
        "orphaned_large_objects", orphaned_large_objects.Row, orphaned_large_objects.judge, "No large object is lost."
    ),
    # Indexes.
    Check("invalid_indexes", invalid_indexes.Row, invalid_indexes.judge, "All indexes are valid.", True),
    Check("duplicate_indexes", duplicate_indexes.Row, duplicate_indexes.judge, "No index is there twice."),
    Check("redundant_indexes", redundant_indexes.Row, redundant_indexes.judge, "No index is the beginning of another."),
    Check(
        "unused_indexes",
        unused_indexes.Row,
        unused_indexes.judge,
        "Every large index is used.",
        True,
        read=unused_indexes.read,
    ),
    Check(
        "unindexed_foreign_keys",
        unindexed_foreign_keys.Row,
        unindexed_foreign_keys.judge,
        "Each foreign key has an index.",
    ),
    Check(
        "sequential_reads",
        sequential_reads.Row,
        sequential_reads.judge,
        "No large table is mostly read from end to end.",
    ),
    Check("index_bloat", index_bloat.Row, index_bloat.judge, "No large index is half empty."),
    # Performance tips: each says whether it applies to this system.
    Check("hit_ratio", hit_ratio.Row, hit_ratio.judge, "What is read is mostly found in shared_buffers."),
    Check(
        "shared_buffers",
        shared_buffers.Row,
        shared_buffers.judge,
        "shared_buffers fits what is read.",
        read=shared_buffers.read,
    ),
    Check(
        "effective_cache_size",
        effective_cache_size.Row,
        effective_cache_size.judge,
        "The planner's idea of memory fits the machine.",
        read=effective_cache_size.read,
    ),
    Check(
        "memory_promised",
        memory_promised.Row,
        memory_promised.judge,
        "The machine has the memory that sessions may take.",
        read=memory_promised.read,
    ),
    Check(
        "random_page_cost", random_page_cost.Row, random_page_cost.judge, "The price of a random read fits the storage."
    ),
    Check(
        "effective_io_concurrency",
        effective_io_concurrency.Row,
        effective_io_concurrency.judge,
        "Reads are asked for many at a time.",
    ),
    Check("temp_files", temp_files.Row, temp_files.judge, "Sorts and hashes fit into memory."),
    Check(
        "frequent_checkpoints",
        frequent_checkpoints.Row,
        frequent_checkpoints.judge,
        "Checkpoints come when it is time.",
    ),
    Check("jit", jit.Row, jit.judge, "Compiling statements takes little of their time.", read=jit.read),
    Check("track_io_timing", track_io_timing.Row, track_io_timing.judge, "Reads are timed."),
    Check(
        "evicted_statements",
        evicted_statements.Row,
        evicted_statements.judge,
        "pg_stat_statements keeps every statement.",
        read=evicted_statements.read,
    ),
    # Security.
    Check(
        "open_authentication", open_authentication.Row, open_authentication.judge, "Nobody comes in without a password."
    ),
    Check(
        "passwords_in_statements",
        passwords_in_statements.Row,
        passwords_in_statements.judge,
        "No remembered statement holds a password.",
        read=passwords_in_statements.read,
    ),
    Check(
        "password_encryption",
        password_encryption.Row,
        password_encryption.judge,
        "Passwords are kept as SCRAM hashes.",
        read=password_encryption.read,
    ),
    Check(
        "plain_connections",
        plain_connections.Row,
        plain_connections.judge,
        "What comes over the network is encrypted.",
        True,
    ),
    Check(
        "superuser_sessions",
        superuser_sessions.Row,
        superuser_sessions.judge,
        "No application works as superuser.",
        True,
    ),
    Check("public_schema", public_schema.Row, public_schema.judge, "Nobody may create where everybody looks."),
)
