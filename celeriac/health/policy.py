"""From where on something is worth an operator's attention; a bound that a `.sql` names is the field of that name."""

from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """Bounds of the checks."""

    check_timeout_ms: int = 1_000
    """A check that needs longer is skipped; it must not become the load that it looks for."""
    connections_warning_ratio: float = 0.8
    """Of the connections that are not reserved; the rest is what a deployment needs to overlap."""
    connections_critical_ratio: float = 0.95
    """From here on the next deployment finds none."""
    idle_in_transaction_s: float = 60
    """It holds its locks, and keeps vacuum from what died since."""
    long_query_s: float = 60
    """Longer than an interactive user waits."""
    blocked_s: float = 5
    """Shorter waits are ordinary."""
    sequence_warning_ratio: float = 0.75
    """Widening a large table's key takes weeks to prepare."""
    sequence_critical_ratio: float = 0.9
    """What PgHero and postgres-mcp report at."""

    deadlocks_per_day: float = 1
    """Each is a failed transaction that someone has to repeat."""
    prepared_transaction_s: float = 300
    """A coordinator decides within seconds; one that is left holds locks and vacuum for ever."""
    held_rows_s: float = 3_600
    """Nothing that died since the oldest snapshot of a session can be vacuumed."""
    held_transactions: int = 1_000_000
    """The same of replicas and slots, whose snapshots tell no time."""

    hit_ratio: float = 0.99
    """PgHero's bound; a transactional database whose working set fits reaches it."""
    hit_ratio_min_blocks: int = 1_000_000
    """Below so many look-ups (8 GB) it says nothing: every server begins cold."""
    unused_after_days: float = 35
    """The longest business cycle is a month, and a few days."""
    unused_index_min_bytes: int = 10 * MIB
    """A smaller one costs little."""
    unused_min_reads: int = 1_000
    """Scans of its table by any way; one that is hardly read proves nothing of its indexes."""
    sequential_min_rows: int = 10_000
    """Smaller tables are read as fast without an index."""
    index_use_ratio: float = 0.95
    """PgHero's bound: below it a table is mostly read from end to end."""
    sequential_min_scans: int = 1_000
    """Fewer whole reads are somebody's report, not the application."""

    bloat_min_bytes: int = 100 * MIB
    """PgHero's and postgres-mcp's bound."""
    bloat_ratio: float = 0.3
    """Of the relation; less comes and goes with ordinary writes, and the estimate is no better."""
    bloat_measure_timeout_ms: int = 200
    """Of one pgstattuple_approx; where it needs longer the estimate stands."""
    dead_rows_min: int = 10_000
    """Fewer are vacuumed within a second."""
    dead_rows_thresholds: float = 2
    """Autovacuum begins at one threshold of the table; at two it has fallen behind."""
    stale_min_rows: int = 10_000
    """Statistics of a smaller table cost a bad plan little."""
    stale_thresholds: float = 2
    """Autoanalyze begins at one threshold of the table."""
    misestimate_ratio: float = 10
    """So many times off, and a nested loop is chosen where a hash join belongs."""
    misestimate_pairs: int = 5
    """Pairs of columns that are looked at in one round, the dearest first."""
    misestimate_pages: int = 300
    """Pages of the table that are sampled for it."""
    hot_min_updates: int = 10_000
    """Fewer say nothing."""
    hot_ratio: float = 0.5
    """Below it most updates write every index anew."""

    partition_ahead_s: float = 7 * 86_400
    """Before the last partition ends, or its width before, where that is less."""
    wraparound_warning_age: int = 650_000_000
    """PgHero's bound: 1.5 billion are left."""
    wraparound_critical_age: int = 1_600_000_000
    """Where PostgreSQL 14 and later vacuum without regard to anything else."""
    replication_lag_s: float = 5
    """PgHero's bound: what a user wrote is not yet what he reads."""
    replication_lag_critical_s: float = 300
    """Failing over now would lose or wait for so much."""
    replication_lag_bytes: int = 64 * MIB
    """Four segments; the lag in seconds is not known while replay stands still."""
    slot_critical_bytes: int = 10 * GIB
    """WAL that a slot keeps may fill the disk, and then the server stops."""
    wal_ratio: float = 2
    """Of max_wal_size, beside wal_keep_size; a burst of writes passes the limit, not twice the limit."""
    checkpoints_min: int = 20
    """Fewer say nothing."""
    checkpoints_requested_ratio: float = 0.5
    """By WAL instead of by time: each writes every page in full again."""
    temp_bytes_per_hour: int = GIB
    """Sorts and hashes that did not fit."""

    server_memory_bytes: int | None = None
    """Memory of the database's machine; read from it where the role may read its files."""
    fast_read_ms: float = 0.5
    """A mean block read below it comes from flash or from the system's cache, not from a turning disk."""
    fast_read_min_blocks: int = 10_000
    """Fewer reads say nothing of the storage."""
    jit_min_ms: float = 60_000
    """Less execution time says nothing."""
    jit_ratio: float = 0.1
    """Of all execution time spent in compiling."""
    evictions_per_hour: float = 100
    """Statements that pg_stat_statements forgot: what is measured then has holes."""

    redis_memory_ratio: float = 0.8
    """A broker or result store that is full refuses every task."""
    redis_blocked_ratio: float = 0.5
    """Of a cache's clients; a cache is asked and answers, nobody waits there."""
    queue_age_s: float = 300
    """How long the oldest message may wait."""
    queue_messages: int = 1_000
    """How many may wait in a queue."""
    queue_growth: int = 100
    """By how many a queue may have grown in ten minutes, having at least doubled."""
    silent_periods: float = 5
    """Beat is silent after so many periods of a task without a run."""
