"""Threads of a worker's parent process and its forks: no child is made while one of them holds a lock.

A fork copies every lock as it stands and none of the threads that would open it again:
https://docs.python.org/3/library/os.html#os.fork
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

PATIENCE_S: Final = 5.0
"""How long a fork waits at most: longer and the worker itself would seem stuck."""

_busy = Lock()


@contextmanager
def busy() -> Iterator[None]:
    """Do something in a thread that no fork may fall into; one thread at a time."""
    with _busy:
        yield


def _before() -> None:
    global _waited
    _waited = _busy.acquire(timeout=PATIENCE_S)


def _after() -> None:
    if _waited:
        _busy.release()


_waited = False
os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
