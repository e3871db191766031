"""What a warm run may spend, and which keys it may replay; `config` composes it from the environment."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WarmPolicy:
    """What one run of the cache's warmers may spend."""

    warmers_file: str | None = None
    """A TOML file of `[[warmer]]` tables (`celeriac.cache.warmers.configuration`); without one nothing is warmed."""
    budget_s: float = 30.0
    budget_bytes: int = 64 * MIB
    budget_database_s: float = 15.0
    """Of the database's time that the queries of one run may take together."""
    max_active_sessions: int = 64
    """With more sessions at work than this the database is left to them; what is warm can wait."""
    max_sent: int = 1_000
    """Messages of task warmers in one run: the owner's queue is not ours to fill."""
    statement_timeout_ms: int = 5_000
    """For each warming query: a warmer must never be what the slow list is about."""
    max_rows: int = 10_000
    """Of one query; what lies beyond is not warmed and is said."""
    batch: int = 200
    """Keys written in one round trip."""
    scan_keys: int = 20_000
    """Entries looked at for the hottest; SCAN begins anywhere, so a part of a large cache is a fair sample of it."""
    scan_s: float = 2.0
    max_idle_s: float = 600.0
    """A key that nobody asked for in so long is not hot, where the server does not count (no LFU policy)."""
    replay_within_s: float = 330.0
    """Hot keys that end sooner are computed anew: they would be gone before the next run, five minutes later."""
    remembered_keys: int = 2_000
    """The hottest, kept in the ledger for the day that Redis comes back empty."""
