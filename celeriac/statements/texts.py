"""What a text from pg_stat_statements is: a statement to optimize, one of ours, or part of the load only."""

import re
from typing import Final, Literal

from celeriac.sql import SIGNATURE

Other = Literal["ours", "other", "unread"]
OURS: Final = "ours"
"""Our own work, left out of what is measured."""
OTHER: Final = "other"
"""Transaction control, COPY, DDL and the like, and texts too long to be worth it: counted, not optimized."""
UNREAD: Final = "unread"
"""The server has lost the text: counted as other, and asked for again."""

_COMMENT = r"/\*(?!\+)(?:[^*]|\*(?!/))*\*/|--[^\n]*(?:\n|\Z)"  # a hint, /*+ … */, changes the plan and stays
_LEADING = re.compile(rf"\A(?:\s|;|{_COMMENT})+")
_OPTIMIZABLE = re.compile(r"[\s(]*(?:select|with|insert|update|delete|merge|values|table)\b", re.IGNORECASE)
_HINT = re.compile(r"\A/\*\+(?:[^*]|\*(?!/))*\*/")
_PARAMETER = re.compile(r"\$\d+")
_LIST = re.compile(r"\(\$(?:, ?\$)*(?: /\*, \.\.\. \*/)?\)")
_ROWS = re.compile(r"\(\$\)(?:, ?\(\$\))+")
_OURS = re.compile(r"\"?\bceleriac\"?\.|\bceleriac_\d+_")
"""The ledger's tables and our indexes: what SQLAlchemy composes for them carries no signature."""


def bare(text: str) -> str:
    """Return a text without the comments around it: some drivers put a trace id there, which is new in each call.

    >>> bare("/* trace 1 */ SELECT a FROM t WHERE b = $1 /* route='/x' */;")
    'SELECT a FROM t WHERE b = $1'
    """
    return _without_trailing_comments(_LEADING.sub("", text))


def shape(text: str) -> str:
    """Return what statements have in common that differ in the length of their lists; PostgreSQL 18 does so itself.

    >>> shape("SELECT a FROM t WHERE b IN ($1, $2) AND c = $3") == shape("SELECT a FROM t WHERE b IN ($1) AND c = $2")
    True
    """
    rows = _LIST.sub("($)", _PARAMETER.sub("$", text))
    return _ROWS.sub("($)", rows)


def classify(text: str | None, max_chars: int) -> Other | None:
    """Tell what a raw text is; None for a statement that can be optimized.

    >>> classify("COMMIT", 1000), classify("SELECT /* celeriac:tables */ $1", 1000), classify("SELECT $1", 1000)
    ('other', 'ours', None)
    """
    if text is None:
        return UNREAD
    if "celeriac" in text and (SIGNATURE in text or _OURS.search(text)):
        return OURS
    if len(text) > max_chars or not _OPTIMIZABLE.match(_HINT.sub("", bare(text))):
        return OTHER
    return None


def _without_trailing_comments(text: str) -> str:
    """Cut comments off the end, step by step: a regular expression would try every blank of a long text."""
    while True:
        text = text.rstrip("; \t\r\n\f\v")
        begin = text.rfind("/*") if text.endswith("*/") else -1
        nested = begin > 0 and text.count("/*", 0, begin) != text.count("*/", 0, begin)
        if begin < 0 or nested or text.startswith("/*+", begin):
            return text
        text = text[:begin]
