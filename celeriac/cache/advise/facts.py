"""What decides whether an answer may be served to another caller, as the server knows it: plain values."""

from dataclasses import dataclass

Name = tuple[str, str]
"""Schema and name of a table."""

_VOLATILE = "clock_timestamp currval gen_random_uuid lastval nextval pg_sleep random set_config setval timeofday"


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What decides whether an answer may be served to another caller."""

    volatile: frozenset[str] = frozenset(_VOLATILE.split())
    """Functions whose answer may differ at each call."""
    unknown: frozenset[str] = frozenset()
    """Functions of the application or an extension that may read tables or settings."""
    secured: frozenset[Name] = frozenset()
    """Tables under row-level security."""
