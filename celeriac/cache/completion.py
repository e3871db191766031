"""The cache's logic is written once, as coroutines; the synchronous cache runs them to their end on the spot.

Its links and runners block instead of suspending, so such a coroutine never yields: one step runs all of it.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def completed(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends and return what it returns.

    >>> async def answer() -> int:
    ...     return 42
    >>> completed(answer())
    42
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    except RuntimeError as error:
        # A function that lets a StopIteration out gets it turned into this by the coroutine around it.
        if isinstance(error.__cause__, StopIteration):
            raise error.__cause__ from None
        raise
    coroutine.close()
    raise RuntimeError("a part of the synchronous cache suspended")  # a mistake of ours, never of a caller
