"""When a table is maintained, and when not; each threshold with its reason."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Mode = Literal["observe", "approve", "auto"]
"""Propose only; a person approves; Celeriac decides."""
Kind = Literal["analyze", "vacuum", "settings"]


@dataclass(frozen=True, slots=True)
class MaintenancePolicy:
    """What is proposed, how it may be decided, and how much of it is done."""

    analyze_mode: Mode = "approve"
    """observe, approve or auto, of ANALYZE; a target's own mode, and a fall-back, can only make it more careful."""
    vacuum_mode: Mode = "observe"
    """Of VACUUM."""
    settings_mode: Mode = "observe"
    """Of a table's own autovacuum settings."""
    min_rows: int = 10_000
    """Smaller tables are planned well enough by their size alone."""
    stale_thresholds: float = 2.0
    """So many of its own thresholds a table must have passed where autovacuum comes to it: at one, it is only on its
    way; where it never comes, one is enough."""
    partition_growth_ratio: float = 0.2
    """Since the whole of a partitioned table was analyzed: autoanalyze comes to its parts alone."""
    min_dead_rows: int = 10_000
    """Fewer are not worth a vacuum of ours."""
    max_dead_rows: int = 1_000_000
    """A table's settings let autovacuum wait for no more dead, or changed, or inserted rows than this."""
    min_scale_factor: float = 0.001
    """A larger table than this allows for is vacuumed more often than it is worth."""
    insert_only_ratio: float = 0.01
    """Updates and deletes beside inserts: with fewer, a table is written once and only needs its pages marked."""
    idle_backends_per_core: float = 0.5
    """VACUUM waits until no more sessions than these are at work; the rest waits for `guards` alone."""
    max_held_transactions: int = 100_000
    """A replica or slot that holds back more is named, and VACUUM waits for it: it could free nothing."""
    cost_delay_ms: float = 2.0
    """As autovacuum: a VACUUM of a session has none by default, and takes the disk from everyone."""
    cost_limit: int = 200
    """As autovacuum's."""
    maintenance_work_mem: str = "256MB"
    """What VACUUM remembers dead rows in: with too little it reads every index several times."""
    lock_timeout_ms: int = 2_000
    """Longer, and what else wants the table would queue behind us."""
    max_duration: timedelta = timedelta(hours=4)
    """Of one run, which must end within tasks.ddl_time_limit."""
    poll_s: float = 0.5
    """How often a run is looked after: who waits for it, whether all is paused."""
    max_attempts: int = 3
    """A run that somebody had to wait for so often, or that failed, is given up; proposed anew after min_interval."""
    retry_after: timedelta = timedelta(minutes=10)
    """Between two attempts; each further one waits twice as long."""
    max_runs_per_day: int = 50
    max_proposals: int = 20
    """Of each kind in one round, the worst first."""
    expires: timedelta = timedelta(days=7)
    """How long a proposal waits for a person, and an approval for a quiet moment."""
    min_interval: timedelta = timedelta(hours=6)
    """Between two runs of the same kind on one table, whatever came of the first."""
    rejected_stays_out: timedelta = timedelta(days=30)
    """What a person refused or undid is not proposed again sooner."""

    def mode(self, kind: Kind) -> Mode:
        """Return how runs of a kind are decided.

        >>> MaintenancePolicy().mode("vacuum")
        'observe'
        """
        return {"analyze": self.analyze_mode, "vacuum": self.vacuum_mode, "settings": self.settings_mode}[kind]


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every change of a target, of indexes as well; composed from the settings of the loop."""

    mode: Mode | None = None
    """The target's own, where it has one."""
    paused: bool = False
    window: tuple[str, str] | None = None
    max_active_backends_per_core: float = 4.0
    cores: int = 1
    max_replication_lag_s: float = 10.0
    max_replication_lag_bytes: int = 512 * 1024 * 1024
    max_snapshot_age_s: float = 300.0
    max_waiters: int = 0
