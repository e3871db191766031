"""Send what is due, a channel at a time: one that fails stops no other, and is not tried again in this round."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from celeriac.alerts.alert import Notice
from celeriac.alerts.channels import NotDelivered
from celeriac.alerts.outbox import MOST, Delivery, Outcome

logger = logging.getLogger(__name__)

Send = Callable[[Sequence[Notice]], None]
"""Sends one message about several notices; raises NotDelivered."""


def deliver(deliveries: Sequence[Delivery], channels: Mapping[str, Send]) -> Iterator[Outcome]:
    """Yield how each delivery ended, as it ends."""
    waiting: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        waiting[one.notice.channel].append(one)
    for channel, all_of_it in waiting.items():
        yield from _to(channel, all_of_it, channels.get(channel))


def _to(channel: str, deliveries: Sequence[Delivery], send: Send | None) -> Iterator[Outcome]:
    error = None if send else "the channel is no longer configured"
    for first in range(0, len(deliveries), MOST):
        batch = deliveries[first : first + MOST]
        if send is not None and error is None:
            error = attempt(channel, [one.notice for one in batch], send)
        yield from (Outcome(one, error) for one in batch)


def attempt(channel: str, notices: Sequence[Notice], send: Send) -> str | None:
    """Send one message and return why it did not arrive, None where it did."""
    try:
        send(notices)
    except NotDelivered as failure:
        reason = str(failure)
    except Exception as failure:  # noqa: BLE001 - whatever ails one channel, the others still have news
        reason = type(failure).__name__  # its words may hold an address
    else:
        return None
    logger.warning("channel %s did not take %d notices: %s", channel, len(notices), reason)
    return reason
