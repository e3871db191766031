"""Replay hot keys in the service that owns the functions: `@cached` functions registered with their key templates.

A worker of ours cannot run another service's functions; that service can, in a thread or a task of its own:

    replay_functions(client, cache, {"user:{user_id}": user}, WarmPolicy())
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from redis import Redis

from celeriac.cache.cache import Cache
from celeriac.cache.decorator import CachedFunction
from celeriac.cache.warmers.budget import Budget
from celeriac.cache.warmers.hot import hottest
from celeriac.cache.warmers.matching import reader
from celeriac.cache.warmers.policy import WarmPolicy
from celeriac.cache.warmers.replay import due

Function = CachedFunction[..., Any]
_MADE_OF_TEXT: Mapping[Any, Callable[[str], Any]] = {int: int, float: float, str: str}


def replay_functions(
    client: "Redis", cache: Cache, functions: Mapping[str, Function], policy: WarmPolicy, prefix: str = "cache"
) -> int:
    """Refresh the hottest keys that are about to end, those worth most first; return how many within the budget.

    `functions` are by key template; arguments are made of the key by the function's annotations (int, float, str).
    What a function raises is its caller's to see.
    """
    readers = [(function, reader(template), _arguments(function)) for template, function in functions.items()]
    namespaces = {function.namespace for function in functions.values()}
    hot = hottest(client, prefix, cache.statistics(), namespaces, policy)
    budget, done = Budget.of(policy), 0
    for key in due(hot, policy.replay_within_s):
        if budget.spent() is not None:
            break
        for function, read, made in readers:
            if function.namespace == key.namespace and (names := read(key.key)) is not None:
                function.refresh(**{name: made.get(name, str)(value) for name, value in names.items()})
                budget.bytes -= key.bytes
                done += 1
                break
    return done


def _arguments(function: Function) -> dict[str, Callable[[str], Any]]:
    hints = get_type_hints(inspect.unwrap(function))
    return {name: _MADE_OF_TEXT.get(hint, str) for name, hint in hints.items()}
