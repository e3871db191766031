"""What the cache refuses, each with what to do about it."""

from celeriac.errors import CeleriacError


class NotJson(CeleriacError):
    """A {kind} at {where} cannot be cached ({why}): return JSON values, or give @cached a dump and a load function."""


class KeyRefused(CeleriacError):
    """{given} cannot be a cache key: {why}."""


class NameRefused(CeleriacError):
    """{given!r} cannot name a {what} of the cache: use 1 to 80 letters, digits, dots, dashes and underscores."""


class LifetimeRefused(CeleriacError):
    """A lifetime with {field}={given!r} makes no sense: {why}."""


class ClientDecodes(CeleriacError):
    """The Redis client decodes responses to text, but cached values are bytes: make it with decode_responses=False."""


class ClientUnsupported(CeleriacError):
    """A {kind} cannot carry the cache: give a URL, or a redis.Redis or redis.RedisCluster (sync or asyncio)."""


class ClientWrong(CeleriacError):
    """A {cache} cannot work with {kind}: use {other} for it, or give a URL."""


class UrlRefused(CeleriacError):
    """{given!r} names no Redis: {why}."""


class FunctionUnsuited(CeleriacError):
    """{function} is {kind}, which a {cache} cannot serve: decorate it with a cache of the class {other}."""


class PatternRefused(CeleriacError):
    """{given!r} cannot be a pattern: give at least one character; invalidate(namespace=…) drops a whole one."""
