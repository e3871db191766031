"""Make cached entries unreadable, at once and in this process: it is one command to Redis, and no broker is asked."""

from collections.abc import Sequence
from typing import Any

from celeriac.ledger import audit
from config.database import ledger
from config.settings import settings
from tasks import cache as caching


def invalidate(
    target: str,
    *,
    actor: str,
    namespace: str | None = None,
    tags: Sequence[str] = (),
    pattern: str | None = None,
) -> dict[str, Any]:
    """Invalidate as `celeriac.cache.invalidate` does; raises TargetUnknown, RedisSilent, PatternRefused."""
    settings().target(target)
    asked = {"namespace": namespace, "tags": [*tags], "pattern": pattern}
    with ledger(target) as state:
        audit.record(state, target, to_state="asked", actor=actor, reason="celeriac.cache.invalidate", evidence=asked)
    done: dict[str, Any] = caching.invalidate.run(
        namespace=namespace, tags=[*tags] or None, pattern=pattern, target=target
    )
    return done
