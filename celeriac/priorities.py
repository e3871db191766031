"""Task priorities on Redis, where 0 is the highest; part of the contract with services that enqueue our tasks by name.

https://docs.celeryq.dev/en/stable/userguide/routing.html#redis-message-priorities
"""

from typing import Final

CRITICAL: Final = 0
HIGH: Final = 2
NORMAL: Final = 5
LOW: Final = 7
IDLE: Final = 9
