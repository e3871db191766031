"""The one alert that must not need the ledger: where it is in the database that is away, Redis remembers instead.

Silences and acknowledgements are in the ledger: of this alert everybody is told. When the ledger is back it takes the
alert over, and the round that finds the database well resolves it there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection

from celeriac.alerts import outbox, store
from celeriac.alerts.alert import Alert, Notice
from celeriac.alerts.decide import Transition, decide
from celeriac.alerts.defaults import AWAY
from celeriac.alerts.deliver import attempt
from celeriac.alerts.observe import Observation, Observed
from celeriac.alerts.owe import Told, owed
from celeriac.alerts.rules import rules
from config.redis import results_client
from config.settings import settings
from tasks import results
from tasks.channels import listeners, senders

_NO_ID: Final = 0
"""The ledger's numbers begin at 1."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What Redis remembers of the alert."""

    alert: Alert
    told: Mapping[str, datetime] = field(default_factory=dict)
    """Who was told, and when."""


_MEMORY: Final = TypeAdapter(Memory)


def evaluate(target: str) -> dict[str, Any]:
    """Let the alert be pending, fire and be told by Redis's memory alone."""
    chosen = [rule for rule in rules(settings().alerts.rules) if rule.name == AWAY.name]
    if not chosen:
        return {"firing": 0, "pending": 0, "ledger": "away"}
    now = datetime.now(UTC)
    known = _recall(target)
    seen = Observation(AWAY.name, "", 1.0, chosen[0].severity, chosen[0].sentence)
    observed = Observed((seen,), frozenset({AWAY.name}))
    (moved,) = decide(chosen, observed, [known.alert] if known else (), now, target)
    alert = replace(moved.alert, id=_NO_ID)
    told = dict(known.told) if known else {}
    past = {(_NO_ID, channel): Told(at, heard=True) for channel, at in told.items()}
    notices = owed([alert], past, listeners(), (), chosen, now, settings().alerts.repeat_after)
    told |= {notice.channel: now for notice in notices if _tell(notice)}
    results_client().set(_key(target), _MEMORY.dump_json(Memory(alert, told)), ex=results.DAY_S)
    results.publish("alerts", target, {"alerts": [{**asdict(alert), "silenced": False}]})
    return {"firing": int(alert.state == "firing"), "pending": int(alert.state == "pending"), "ledger": "away"}


def adopt(ledger: Connection, target: str) -> None:
    """Hand over to the ledger, which is back, what was told without it."""
    known = _recall(target)
    if known is None:
        return
    if known.alert.state == "firing":
        same = [one for one in store.active(ledger, target) if one.key == known.alert.key]
        (alert,) = same or store.apply(ledger, [Transition("fired", replace(known.alert, id=None))])
        outbox.note(ledger, [Notice("firing", channel, alert) for channel in known.told], known.told)
    results_client().delete(_key(target))


def _tell(notice: Notice) -> bool:
    return attempt(notice.channel, [notice], senders()[notice.channel]) is None


def _recall(target: str) -> Memory | None:
    stored = results_client().get(_key(target))
    return None if stored is None else _MEMORY.validate_python(orjson.loads(stored))


def _key(target: str) -> str:
    return results.key("unreachable", target)
