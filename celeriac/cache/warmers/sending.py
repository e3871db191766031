"""Send task warmers' messages to the services that own the data, within the budget."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from celeriac.cache.warmers.fill import Filling, ParameterMissing, failure_of, parameter_rows
from celeriac.cache.warmers.task_warmer import Send, TaskWarmer
from celeriac.cache.warmers.warmer import WarmedBy

NO_SENDER = "there is nobody to send its task: run it by celeriac.cache.warm"


def by_query(filling: Filling, warmer: TaskWarmer, send: Send | None) -> WarmedBy:
    """Send a warmer's task once, or for each row of its parameter query."""
    try:
        rows = parameter_rows(filling, warmer.name, warmer.parameter_query, warmer.parameters)
    except DBAPIError as failure:
        return WarmedBy(warmer.name, 0, 0, 0.0, failure_of(failure))
    except ParameterMissing as refusal:
        return WarmedBy(warmer.name, 0, 0, 0.0, str(refusal))
    return by_arguments(filling, warmer, send, rows)


def by_arguments(
    filling: Filling, warmer: TaskWarmer, send: Send | None, arguments: Iterable[Mapping[str, Any]]
) -> WarmedBy:
    """Send a warmer's task with each of these arguments; what the queue does not take ends it."""
    began_s, sent, note = time.monotonic(), 0, None
    for each in arguments:
        if send is None:
            note = NO_SENDER
            break
        if filling.budget.messages <= 0:
            note = "the budget of messages is spent"
            break
        if (note := filling.budget.spent()) is not None:
            break
        filling.beat()
        send(warmer, each)
        filling.budget.messages -= 1
        sent += 1
    return WarmedBy(warmer.name, 0, 0, time.monotonic() - began_s, note, sent=sent)
