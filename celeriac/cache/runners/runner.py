"""What the cache needs of threads or tasks."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

Work = Callable[[], Coroutine[Any, Any, object]]


class Event(Protocol):
    """Something that happens once and that others wait for."""

    def set(self) -> None:
        """Let it happen."""

    def is_set(self) -> bool:
        """Return whether it has happened."""


class Runner(Protocol):
    """Threads or tasks."""

    def caller(self) -> object:
        """Return what tells one caller from another."""

    def event(self) -> Any:
        """Return a new event."""

    async def wait(self, event: Any, seconds: float) -> bool:
        """Wait for an event; return False where it takes longer."""

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a caller's function and return its value."""

    def spawn(self, name: str, work: Work) -> None:
        """Run work beside the callers, as long as the process or the event loop lives."""

    def behind(self, work: Work) -> None:
        """Run work as soon as one of a few is free."""

    async def close(self) -> None:
        """Let the work behind end."""

    def reset(self) -> None:
        """Begin anew where threads or tasks are gone."""
