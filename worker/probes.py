"""Files that tell an orchestrator how a worker is: a shell's `find -mmin` costs a millisecond, `inspect ping` a second.

alive: touched each second while the loop turns. ready: there while tasks are taken.
"""

from pathlib import Path
from typing import Any

from celery import bootsteps

from config.settings import settings

TOUCH_EVERY_S = 1.0


class Alive(bootsteps.StartStopStep):
    """Touches the file of `worker.alive_file` from the worker's own loop, so that a stuck loop shows."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.file = settings().worker.alive_file
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Begin to touch."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch()
            self.entry = parent.timer.call_repeatedly(TOUCH_EVERY_S, self.file.touch, priority=10)

    def stop(self, _parent: Any) -> None:
        """Stop, and leave no file that a probe of the next worker could take for its own."""
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def set_ready(ready: bool, file: Path | None) -> None:
    """Make the readiness file, or remove it."""
    if file is None:
        return
    if ready:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    else:
        file.unlink(missing_ok=True)
