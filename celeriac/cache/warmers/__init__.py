"""Filling the cache before anyone asks: by SQL, by the owner's tasks, and by replaying what is hot."""

from celeriac.cache.warmers.configuration import WarmersUnreadable, read
from celeriac.cache.warmers.functions import replay_functions
from celeriac.cache.warmers.hot import Hot, HotKey, hottest
from celeriac.cache.warmers.policy import WarmPolicy
from celeriac.cache.warmers.record import Earned, counts_of, earned, last_counts, record
from celeriac.cache.warmers.refusal import WarmerRefused
from celeriac.cache.warmers.remembered import Remembered, first, mark, recall, remember, why_cold
from celeriac.cache.warmers.replay import due, replayable
from celeriac.cache.warmers.run import run
from celeriac.cache.warmers.task_warmer import Send, TaskWarmer
from celeriac.cache.warmers.warmer import SqlWarmer, WarmedBy, Warmer, WarmReport

__all__ = [
    "Earned",
    "Hot",
    "HotKey",
    "Remembered",
    "Send",
    "SqlWarmer",
    "TaskWarmer",
    "WarmPolicy",
    "WarmReport",
    "WarmedBy",
    "Warmer",
    "WarmerRefused",
    "WarmersUnreadable",
    "counts_of",
    "due",
    "earned",
    "first",
    "hottest",
    "last_counts",
    "mark",
    "read",
    "recall",
    "record",
    "remember",
    "replay_functions",
    "replayable",
    "run",
    "why_cold",
]
