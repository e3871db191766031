"""The thresholds of the index loop, each with its reason; `config` composes them from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Mode = Literal["observe", "approve", "auto"]
"""Recommend only; a person approves; Celeriac decides."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AdvisorPolicy:
    """What the advisor may propose."""

    workload: timedelta = timedelta(hours=24)
    """How far back statements are looked at: a business day with its night."""
    objective: Literal["time", "cost"] = "time"
    """Measured milliseconds, or the planner's cost with every statement weighing one."""
    size_model: Literal["model", "hypopg"] = "model"
    """Our own sizes (HypoPG ignores b-tree deduplication and is up to four times too large), or HypoPG's."""
    budget_bytes: int | None = None
    """None: half the size of the advised tables, and 64 MiB where that is more."""
    max_width: int = 3
    """Key columns; beyond three the gain seldom pays the bytes."""
    max_include: int = 4
    min_table_rows: int = 1_000
    """Below that a sequential scan is a few pages and an index changes nothing that can be measured."""
    min_saving_ratio: float = 0.05
    """An index must save this share of the objective of the statements that use it."""
    min_workload_ratio: float = 0.001
    """And this share of the whole, or a tenth of what a statement weighs on average where there are very many."""
    max_loss_ratio: float = 0.10
    """Of a statement's cost, which it may lose where that makes an index less: one a purpose, as an expert builds."""
    walk_share: float = 0.30
    """Of the whole walk, which an index read in order and filtered up to a LIMIT is costed with: the planner believes
    that the matching rows lie evenly along the order, and where they do not it reads on to the end."""
    min_saving_ms_per_hour: float = 0.0
    max_indexes_per_table: int = 12
    time_limit_s: float = 30.0
    statement_timeout_ms: int = 3_000
    max_statements: int = 5_000
    """Of the largest total time; the rest are counted, not advised."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """When a change may not begin, or must stop."""

    window: tuple[str, str] | None = None
    """Allowed hours of the day in the database's time zone, as ("22:00", "05:00"); None is always."""
    storage_budget_bytes: int = 10 * 1024 * MIB
    """All indexes of ours on a target together."""
    max_table_bytes: int = 200 * 1024 * MIB
    min_disk_free_ratio: float = 0.1
    """As Azure SQL: no change that would leave less free. Checked only where the data directory is on this machine."""
    max_active_backends_per_core: float = 4.0
    server_cores: int | None = None
    """Of the database's machine; None: as many as this one's."""
    max_replication_lag_s: float = 10.0
    max_replication_lag_bytes: int = 512 * MIB
    """A replica whose replay stands still reports no time, only what it has left to replay."""
    max_snapshot_age_s: float = 300.0
    """CONCURRENTLY waits for every older snapshot in the database; it must not wait long."""
    max_indexes_per_table: int = 16
    one_change_per_table: bool = True
    """Two changes of one table measured at once cannot be told apart."""
    max_changes_per_day: int = 20
    max_bytes_per_week: int = 20 * 1024 * MIB
    max_waiters: int = 0
    """Sessions that may wait on a lock of ours while building before we cancel."""


@dataclass(frozen=True, slots=True)
class BuildPolicy:
    """How an index is built."""

    lock_timeout_ms: int = 2_000
    max_attempts: int = 3
    retry_after: timedelta = timedelta(minutes=5)
    back_off: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
    """How long a definition that could not be built stays out: what stood in its way may be mended by then."""
    maintenance_work_mem: str = "256MB"
    parallel_workers: int = 0
    """Beside the builder: a build that takes a second core takes it from the writers."""
    min_build_timeout_s: float = 600.0
    poll_s: float = 0.5

    def bound_s(self, size_bytes: int | None) -> float:
        """Return how long a build may take: four times what a slow disk needs, and never under the minimum.

        >>> BuildPolicy().bound_s(100 * 1024 * MIB)
        40960.0
        """
        slow_bytes_per_s = 10 * MIB
        return max(self.min_build_timeout_s, 4.0 * (size_bytes or 0) / slow_bytes_per_s)

    def settings(self, size_bytes: int | None) -> dict[str, str]:
        """Return the server's settings that a build of so many bytes runs under."""
        return {
            "lock_timeout": f"{self.lock_timeout_ms}ms",
            "statement_timeout": f"{self.bound_s(size_bytes):.0f}s",
            "maintenance_work_mem": self.maintenance_work_mem,
            "max_parallel_maintenance_workers": str(self.parallel_workers),
        }


@dataclass(frozen=True, slots=True)
class ReindexPolicy:
    """When a bloated b-tree is worth a rebuild."""

    min_wasted_bytes: int = 100 * MIB
    """As PgHero: below that a rebuild is not worth its reading and writing."""
    min_wasted_ratio: float = 0.3
    """B-trees that are written at random settle near a third of air: a rebuild of less would soon be undone."""


@dataclass(frozen=True, slots=True)
class PrunePolicy:
    """What proves that nobody uses an index."""

    business_cycle: timedelta = timedelta(days=30)
    """What runs once a month may be all that an index is for."""
    cycles: int = 2
    """One cycle of 30 days can fall between the ends of two longer months."""
    max_gap: timedelta = timedelta(days=3)
    """Between two snapshots: in a longer one, counters can be reset and grow again unseen."""
    min_reads_per_day: float = 1_000.0
    """Of the table: where nobody reads, an index without use proves nothing."""
    min_writes_per_day: float = 1_000.0
    """Of the table: where nobody writes, an index costs little, and its time may be to come."""


@dataclass(frozen=True, slots=True)
class VerifyPolicy:
    """How long and how strictly a change is judged."""

    min_settling: timedelta = timedelta(minutes=10)
    """A build reads the whole table and warms it: what follows at once looks better than it is."""
    min_duration: timedelta = timedelta(minutes=30)
    max_duration: timedelta = timedelta(hours=72)
    min_calls: int = 100
    """Of the promised statements, before and after."""
    baseline: timedelta = timedelta(hours=24)
    """How far back the windows before the change are taken."""
    significance: float = 0.01
    """Of Welch's test, divided by the number of statements judged (Bonferroni)."""
    min_gain_ratio: float = 0.05
    """A kept index must save at least this share of the measured time of the statements it touches, net of writes."""
    max_regression_ratio: float = 0.10
    """One statement of weight may get this much worse; beyond it the change is reverted."""
    min_gain_per_write_cost: float = 1.5
    """Time saved per time that writes lose: an index pays its writes half again, or it goes."""
    min_weight_ratio: float = 0.01
    """Statements below this share of the table's time are not grounds for a revert."""
    quarantine: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=30), timedelta(days=90))


@dataclass(frozen=True, slots=True)
class LoopPolicy:
    """The loop as a whole."""

    mode: Mode = "observe"
    paused: bool = False
    """The kill switch: nothing is changed on any target, running builds and drops are stopped at a worker's start."""
    drop_foreign: bool = False
    """Whether the mode auto drops proven surplus that Celeriac did not make; else a person approves each such drop."""
    proposed_expires: timedelta = timedelta(days=7)
    approved_expires: timedelta = timedelta(hours=24)
    min_saving_ms_per_hour: float = 3_600.0
    """A thousandth of one core: below that an index is not worth the disk, nor anybody's attention."""
    reverts_before_approve: int = 2
    """So many reverts within a week, and `auto` falls back to `approve` by itself."""
