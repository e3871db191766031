"""Messages that no queue took: send one again, or throw it away."""

import json
from collections.abc import Callable
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from celeriac.errors import CeleriacError
from celeriac.ledger import audit
from celeriac.metrics.sources import Broker
from celeriac.priorities import NORMAL
from config.database import ledger
from config.messaging import GENERAL, QUEUES, UNDELIVERABLE
from config.redis import broker_client
from config.settings import settings
from web.documents.queues import BrokerSilent, quarantined

# In one step: a message is in one of the lists at every moment, and of two who ask one moves it.
_MOVE: Final = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', KEYS[2], ARGV[2])
return 1
"""


class MessageUnknown(CeleriacError):
    """There is no message {id!r} in quarantine: somebody else was faster."""


def requeue(message_id: str, *, actor: str) -> None:
    """Put a message into the general queue; raises MessageUnknown, BrokerSilent."""

    def move(client: Redis, raw: str) -> int:
        message = json.loads(raw)
        properties = message.setdefault("properties", {})
        properties.setdefault("delivery_info", {}).update({"exchange": GENERAL, "routing_key": GENERAL})
        queue = Broker(client, QUEUES).key(GENERAL, int(properties.get("priority") or NORMAL))
        return int(client.eval(_MOVE, 2, UNDELIVERABLE, queue, raw, json.dumps(message)))

    _act(message_id, actor, "requeued", move)


def discard(message_id: str, *, actor: str) -> None:
    """Throw a message away; raises MessageUnknown, BrokerSilent."""
    _act(message_id, actor, "discarded", lambda client, raw: int(client.lrem(UNDELIVERABLE, 1, raw)))


def _act(message_id: str, actor: str, what: str, move: Callable[[Redis, str], int]) -> None:
    client = broker_client()
    try:
        found = next((str(raw) for raw in client.lrange(UNDELIVERABLE, 0, -1) if _id(raw) == message_id), None)
        if found is None:
            raise MessageUnknown(id=message_id)
        known = quarantined(json.loads(found))
        _audit(known.target, actor, what, {"id": known.id, "task": known.task})
        if not move(client, found):
            raise MessageUnknown(id=message_id)
    except RedisError:
        raise BrokerSilent from None


def _audit(target: str | None, actor: str, what: str, evidence: dict[str, Any]) -> None:
    name = target if target in settings().targets else next(iter(settings().targets))
    with ledger(name) as state:
        audit.record(state, name, to_state=what, actor=actor, reason=f"message {what}", evidence=evidence)


def _id(raw: Any) -> str:
    return str((json.loads(raw).get("headers") or {}).get("id", ""))
