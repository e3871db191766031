"""What a task warmer is: a named task that the service which owns the data runs, to fill its own cache."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from celeriac.cache.keys import Template, checked_name
from celeriac.cache.warmers.reads_only import check_reads_only
from celeriac.cache.warmers.refusal import WarmerRefused, checked_priority
from celeriac.priorities import NORMAL

Send = Callable[["TaskWarmer", Mapping[str, Any]], None]
"""Sends the task with these arguments; raises where the queue takes none."""


@dataclass(frozen=True, slots=True)
class TaskWarmer:
    """A task to send, once or for each row of a query, and for each hot key that is about to end."""

    name: str
    task: str
    """As its owner registered it."""
    queue: str
    """The owner's."""
    namespace: str
    """Of the entries that the task fills; their counters say what it is worth."""
    key: str | None = None
    """The owner's key template; its placeholders become arguments when a hot key is replayed."""
    priority: int = NORMAL
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of every message."""
    parameter_query: str | None = None
    """One SELECT whose rows are further arguments; one message for each."""
    expires_s: int = 300
    """A message that found no worker in so long is dropped: the next run sends it anew."""

    def __post_init__(self) -> None:
        checked_name(self.name, "warmer")
        checked_name(self.namespace, "namespace")
        checked_priority(self.name, self.priority)
        if not self.task or not self.queue:
            raise WarmerRefused(name=self.name, why="it needs the names of a task and of its owner's queue")
        if self.expires_s < 1:
            raise WarmerRefused(name=self.name, why=f"expires_s is a second at least, not {self.expires_s!r}")
        if self.key is not None:
            Template.parse(self.key)
        if self.parameter_query is not None:
            check_reads_only(self.name, self.parameter_query)
