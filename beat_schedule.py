"""When each task runs: data only. docs/tasks.md tells what each does; settings can change a period, nothing else.

Every entry runs once for each target. It expires before its next run, so that nothing piles up while workers are away.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from celeriac.priorities import HIGH, IDLE, LOW, NORMAL

EXPIRES_RATIO: Final = 0.9
"""Of the period: a run that has waited so long is left to the next one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the schedule."""

    task: str
    every: timedelta
    priority: int

    @property
    def name(self) -> str:
        """The name by which settings change the period.

        >>> Entry("celeriac.statements.capture", timedelta(minutes=1), HIGH).name
        'statements_capture'
        """
        return self.task.removeprefix("celeriac.").replace(".", "_")


ENTRIES: Final = (
    Entry("celeriac.statements.capture", timedelta(seconds=60), HIGH),
    Entry("celeriac.statements.find_regressions", timedelta(minutes=5), NORMAL),
    Entry("celeriac.statements.prune", timedelta(days=1), IDLE),
    Entry("celeriac.indexes.reconcile", timedelta(seconds=60), HIGH),
    Entry("celeriac.indexes.verify", timedelta(seconds=60), HIGH),
    Entry("celeriac.indexes.recommend", timedelta(hours=1), NORMAL),
    Entry("celeriac.indexes.ensure_declared", timedelta(days=1), LOW),
    Entry("celeriac.indexes.reindex", timedelta(days=7), LOW),
    Entry("celeriac.indexes.prune", timedelta(days=1), LOW),
    Entry("celeriac.maintenance.propose", timedelta(hours=1), LOW),
    Entry("celeriac.maintenance.apply", timedelta(minutes=5), LOW),
    Entry("celeriac.cache.warm", timedelta(minutes=5), LOW),
    Entry("celeriac.cache.advise", timedelta(hours=1), LOW),
    Entry("celeriac.buffers.snapshot", timedelta(minutes=10), LOW),
    Entry("celeriac.buffers.warm", timedelta(minutes=1), NORMAL),
    Entry("celeriac.health.check", timedelta(minutes=5), NORMAL),
    Entry("celeriac.alerts.evaluate", timedelta(seconds=30), HIGH),
    Entry("celeriac.metrics.record", timedelta(seconds=30), NORMAL),
    Entry("celeriac.metrics.roll_up", timedelta(minutes=5), LOW),
    Entry("celeriac.metrics.prune", timedelta(days=1), IDLE),
)
