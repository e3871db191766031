"""How hot keys are, as Redis itself knows: counted under an LFU policy, else timed. Asking touches no key.

https://redis.io/docs/latest/develop/reference/eviction/#the-new-lfu-mode
"""

from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

_BORN = 5
"""Where Redis begins the counter of a new key."""
_LOG_FACTOR = 10
"""Redis's default: a counter of c rises by one in 10 (c - 5) + 1 accesses."""


def counts_accesses(client: "Redis") -> bool:
    """Return whether the server counts accesses (an LFU policy); else it knows when the last one was."""
    return "lfu" in str(client.info("memory").get("maxmemory_policy", ""))


def heats(client: "Redis", keys: Sequence[bytes], *, counting: bool) -> list[float | None]:
    """Return the heat of each key, None for one that is gone: accesses, or 1 / (1 + seconds since the last)."""
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.object("FREQ" if counting else "IDLETIME", key)
    answers: list[Any] = pipeline.execute(raise_on_error=False)
    return [None if answer is None or isinstance(answer, ResponseError) else of(answer, counting) for answer in answers]


def of(answer: int, counting: bool) -> float:
    """Return accesses from a logarithmic counter, or the heat of an idle time.

    >>> of(5, True), of(8, True), of(0, False), of(9, False)
    (1.0, 34.0, 1.0, 0.1)
    """
    if not counting:
        return 1 / (1 + answer)
    steps = max(0, answer - _BORN)
    return 1.0 + sum(_LOG_FACTOR * step + 1 for step in range(steps))
