"""What counts as hot, and how much warming may take; `config` composes it from the environment."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class BufferPolicy:
    """The thresholds of buffer snapshots and warming."""

    min_usage_count: int = 3
    """Of 5: the clock hand passed several times and the block was asked for again each time."""
    max_blocks: int = 1_000_000
    """The hottest are kept: 8 GB of them, some 40 MB in the worker while they are grouped."""
    gap_blocks: int = 4
    """Ranges this close are joined: reading a few blocks more costs less than one more call."""
    max_ranges: int = 20_000
    """Of one relation; a snapshot of scattered blocks stays under a megabyte."""
    snapshot_timeout_ms: int = 5_000
    """The view costs some 0.2 µs a buffer: half a second at 16 GB of shared buffers, 5 s at 200."""
    min_uptime: timedelta = timedelta(minutes=5)
    """A server that has just started has nothing hot yet; its snapshot would displace a good one."""
    keep_snapshots: int = 12
    max_snapshot_age: timedelta = timedelta(days=7)
    """What was hot a week ago says little of today."""
    share: float = 0.5
    """Of shared_buffers that a restore may fill; the rest stays with what the workload asks for by itself."""
    relation_share: float = 0.25
    """Of shared_buffers that warming one index, or the busiest relations, may fill: the server is at work then."""
    busiest_relations: int = 20
    step_blocks: int = 2_048
    """Read by one statement (16 MiB): often enough for progress, and for stopping in time."""
    time_limit_s: float = 120.0
