"""The cache advisor: which queries to cache, for how long, under which tags, and the line to paste.

From what was measured of statements and written to tables; nothing is changed and nothing is cached by it.
"""

from celeriac.cache.advise.advice import Cacheable, CacheAdvice, Invalidation, NotCacheable
from celeriac.cache.advise.decide import advise, unseen_writes
from celeriac.cache.advise.facts import ServerFacts
from celeriac.cache.advise.policy import CacheAdvicePolicy
from celeriac.cache.advise.server import rates, read_facts, rows_written

__all__ = [
    "CacheAdvice",
    "CacheAdvicePolicy",
    "Cacheable",
    "Invalidation",
    "NotCacheable",
    "ServerFacts",
    "advise",
    "rates",
    "read_facts",
    "rows_written",
    "unseen_writes",
]
