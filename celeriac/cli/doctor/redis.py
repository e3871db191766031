"""What is judged of a Redis that serves as cache: version, memory bound and policy."""

import redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from celeriac.cli.doctor.finding import Finding, missing, ok, skipped, warning
from celeriac.cli.printing import size
from celeriac.refusals import without_secrets

OLDEST = (6, 2)
TIMEOUT_S = 5.0


def examine(url: str) -> tuple[Finding, ...]:
    """Connect and judge; what cannot be reached is a finding, not an error."""
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, decode_responses=True
        )
    except ValueError:
        return (missing("Redis", "that is no Redis URL", "write redis://host:6379/0"),)
    try:
        with client:
            information = dict(client.info())
    except (AuthenticationError, NoPermissionError) as error:
        return (missing("Redis", without_secrets(str(error)), "check user and password in the URL, and the ACL"),)
    except RedisError as error:
        return (missing("Redis", without_secrets(str(error)), "check host and port, and whether Redis runs there"),)
    return (version(information), memory(information))


def version(information: dict[str, object]) -> Finding:
    """Is Redis young enough?"""
    found = str(information.get("redis_version", "0"))
    number = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if number < OLDEST:
        return missing("Redis", f"version {found} is older than 6.2", "upgrade to Redis 6.2 or later")
    return ok("Redis", f"version {found}")


def memory(information: dict[str, object]) -> Finding:
    """Is memory bounded, and what happens at the bound?"""
    bound, policy = information.get("maxmemory"), information.get("maxmemory_policy")
    if not isinstance(bound, int):
        return skipped("Redis memory", "this Redis does not tell its memory bound")
    if bound == 0:
        return warning("Redis memory", "unbounded: it grows until the machine is full", "CONFIG SET maxmemory <bytes>")
    if policy == "noeviction":
        said = f"{size(bound)}, noeviction: right for broker and results; a cache refuses writes when full"
        return warning("Redis memory", said, "CONFIG SET maxmemory-policy allkeys-lfu, on a cache only")
    said = f"{size(bound)}, {policy}: right for a cache; as a broker it would lose tasks"
    return ok("Redis memory", said)
