"""Filling the cache before anyone asks: SQL warmers, declared in configuration, run within a budget."""

from celeriac.cache.warmers.configuration import WarmersUnreadable, read
from celeriac.cache.warmers.record import record
from celeriac.cache.warmers.run import run
from celeriac.cache.warmers.warmer import SqlWarmer, WarmedBy, WarmerRefused, WarmReport

__all__ = ["SqlWarmer", "WarmReport", "WarmedBy", "WarmerRefused", "WarmersUnreadable", "read", "record", "run"]
