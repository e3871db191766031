"""Log lines that say which task on which target they come from, as text or as one JSON object a line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

from config.sections.working import LogSettings

TEXT = "%(asctime)s %(levelname)s %(name)s [%(task)s %(task_id)s %(target)s] %(message)s"
JSON = "%(asctime)s %(levelname)s %(name)s %(process)d %(task)s %(task_id)s %(target)s %(message)s"

_context: ContextVar[tuple[str, str, str]] = ContextVar("celeriac_log_context", default=("-", "-", "-"))


class TaskContext(logging.Filter):
    """Puts task, task_id and target on each record; `-` outside a task."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with its context."""
        record.task, record.task_id, record.target = _context.get()
        return True


@contextmanager
def task_context(task: str, task_id: str, target: str) -> Iterator[None]:
    """Let every line logged in the block carry the task's name and id and the target."""
    token = _context.set((task, task_id, target))
    try:
        yield
    finally:
        _context.reset(token)


def configure(settings: LogSettings) -> None:
    """Send the root logger's lines to standard error."""
    handler = logging.StreamHandler()
    handler.addFilter(TaskContext())
    handler.setFormatter(JsonFormatter(JSON) if settings.json_lines else logging.Formatter(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
