"""The configured targets, each with the mode that holds there and whether it can be read at all."""

from dataclasses import dataclass

from celeriac.errors import CeleriacError
from celeriac.ledger import control
from config.settings import settings
from web.documents.source import reading


@dataclass(frozen=True, slots=True)
class Target:
    """One database that is being optimised."""

    name: str
    mode: str
    """The mode in force: the configured one, or a more careful one that the target fell back to."""
    configured_mode: str
    paused: bool
    reason: str
    """Why it is paused, fell back, or cannot be read; empty where nothing is the matter."""
    reachable: bool
    replicas: int


def targets() -> tuple[Target, ...]:
    """Return every configured target by name."""
    return tuple(target(name) for name in sorted(settings().targets))


def target(name: str) -> Target:
    """Return one target; raises TargetUnknown."""
    configured = settings().loop_policy(name).mode
    replicas = len(settings().target(name).replica_urls)
    try:
        with reading(name) as state:
            held = control.in_force(state, name, paused=settings().loop.paused)
    except CeleriacError as away:
        return Target(name, configured, configured, paused=False, reason=str(away), reachable=False, replicas=replicas)
    mode = held.effective_mode(configured)
    troubled = held.paused or mode != configured
    reason = held.reason if troubled else ""
    return Target(name, mode, configured, paused=held.paused, reason=reason, reachable=True, replicas=replicas)
