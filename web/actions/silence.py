"""Keep alerts quiet for a while, lift that, and say that somebody is at one."""

from datetime import timedelta

from celeriac.alerts import store
from config.database import ledger
from config.settings import settings
from web.documents.alerts import SilenceLine, silence_line


def silence(
    target: str, *, actor: str, lasts: timedelta, reason: str, rule: str = "*", subject: str = "*"
) -> SilenceLine:
    """Let nobody be told of the alerts that these patterns fit; raises TargetUnknown, SilenceEndless."""
    settings().target(target)
    with ledger(target) as state:
        made = store.silence(state, target, lasts=lasts, actor=actor, reason=reason, rule=rule, subject=subject)
    return silence_line(made)


def lift(target: str, silence_id: int, *, actor: str, reason: str = "asked for") -> SilenceLine:
    """End a silence before its time; raises TargetUnknown, SilenceUnknown."""
    settings().target(target)
    with ledger(target) as state:
        return silence_line(store.lift(state, target, silence_id, actor=actor, reason=reason))


def acknowledge(target: str, alert_id: int, *, actor: str, reason: str = "asked for") -> None:
    """Say that somebody is at an alert; raises TargetUnknown, AlertUnknown."""
    settings().target(target)
    with ledger(target) as state:
        store.acknowledge(state, target, alert_id, actor=actor, reason=reason)
