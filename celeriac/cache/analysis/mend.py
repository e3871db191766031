"""The one thing that is safe to mend unasked: a lifetime for keys of our own that have lost theirs.

Whatever the cache writes expires; a key of its without TTL was persisted by hand or restored from elsewhere. Other
programs' keys are never touched: one without TTL may be their only copy.
"""

from itertools import islice

from redis import Redis

from celeriac.cache.keys import checked_name

BATCH = 500


def expire_forgotten(client: "Redis", prefix: str, ttl_s: int, most: int = 100_000) -> int:
    """Give a TTL to at most `most` keys of a cache's prefix that have none; return how many there were."""
    found = client.scan_iter(match=f"{checked_name(prefix, 'prefix')}:*", count=BATCH)
    mended = looked = 0
    while looked < most and (keys := [*islice(found, BATCH)]):
        looked += len(keys)
        lifetimes = client.pipeline(transaction=False)
        for key in keys:
            lifetimes.ttl(key)
        without = [key for key, left in zip(keys, lifetimes.execute(), strict=True) if left == -1]
        if without:
            mending = client.pipeline(transaction=False)
            for key in without:
                mending.expire(key, ttl_s)
            mended += sum(map(bool, mending.execute()))
    return mended
