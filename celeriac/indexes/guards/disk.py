"""A full disk stops every writer: leave the share free that was set, counting the index and its sort files."""

import shutil
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import MIB, GuardPolicy
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused

_BUILD_FACTOR = 2
"""The sorted runs lie on disk beside the index while it is written."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that holds the data directory."""

    total_bytes: int
    free_bytes: int


def check(context: Context) -> Outcome:
    """Refuse where the disk would get too full; unknown where it is another machine's, or its path is secret."""
    try:
        row = context.target.execute(load(__file__, "disk")).one()
    except DBAPIError:  # data_directory is shown to pg_read_all_settings only
        return Clear()
    if not row.is_local:
        return Clear()
    try:
        usage = shutil.disk_usage(row.data_directory)
    except OSError:  # not on this machine after all, or not ours to look into
        return Clear()
    return decide(Disk(usage.total, usage.free), context.expected_bytes, context.policy)


def decide(disk: Disk, expected_bytes: int, policy: GuardPolicy) -> Outcome:
    """Refuse when less than the policy's share would stay free."""
    left_bytes = disk.free_bytes - _BUILD_FACTOR * expected_bytes
    if left_bytes >= policy.min_disk_free_ratio * disk.total_bytes:
        return Clear()
    return Refused(
        "disk",
        f"{disk.free_bytes / MIB:.0f} MiB are free and the build takes about "
        f"{_BUILD_FACTOR * expected_bytes / MIB:.0f}; {policy.min_disk_free_ratio:.0%} of the disk must stay free",
    )
