"""What people do through the surfaces: decide on changes, start work, clear caches, silence alerts.

Each takes `actor`, who is left in the ledger's audit; nothing is done that could not be written there first.
"""

from web.actions import maintenance
from web.actions.cache import invalidate
from web.actions.decide import Decided, approve, pause, reject, resume, revert
from web.actions.quarantine import MessageUnknown, discard, requeue
from web.actions.silence import acknowledge, lift, silence
from web.actions.work import BrokerAway, Started, start, under_way

__all__ = [
    "BrokerAway",
    "Decided",
    "MessageUnknown",
    "Started",
    "acknowledge",
    "approve",
    "discard",
    "invalidate",
    "lift",
    "maintenance",
    "pause",
    "reject",
    "requeue",
    "resume",
    "revert",
    "silence",
    "start",
    "under_way",
]
