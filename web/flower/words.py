"""Figures as people read them; what is not known is a dash, never a zero."""

import math
import re
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Final, TypeGuard
from urllib.parse import urlencode

NONE: Final = "\u2013"
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 86_400.0
_UNITS: Final = ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1.0, "s"))
_LEAST: Final = 0.0005
_CREATE: Final = re.compile(r'^CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:(?:"[^"]+"|\w+) )?ON (?:ONLY )?')
_PLAIN_NAME: Final = re.compile(r'"([a-z_][a-z0-9_]*)"')


def ms(value: float | None) -> str:
    """Write a duration given in milliseconds.

    >>> ms(0.0421), ms(12.345), ms(1500), ms(250_000), ms(None)
    ('0.042 ms', '12.3 ms', '1.5 s', '4 min 10 s', '–')
    """
    if not _known(value):
        return NONE
    if abs(value) >= 1000:
        return seconds(value / 1000)
    return f"{_figure(value)} ms"


def per_hour(value: float | None) -> str:
    """Write milliseconds an hour: what a change saves, or costs.

    >>> per_hour(523_000)
    '8 min 43 s an hour'
    """
    return f"{ms(value)} an hour" if _known(value) else NONE


def seconds(value: float | None) -> str:
    """Write a duration given in seconds.

    >>> seconds(0.5), seconds(45), seconds(75), seconds(60), seconds(7_500), seconds(200_000)
    ('0.5 s', '45 s', '1 min 15 s', '1 min', '2 h 5 min', '2 d 7 h')
    """
    if not _known(value):
        return NONE
    sign, length = ("-" if value < 0 else ""), abs(value)
    if length < _MINUTE:
        return f"{sign}{_figure(length)} s"
    unit, name, lesser, less = next((one for one in _UNITS if length >= one[0]), _UNITS[-1])
    whole, rest = divmod(length, unit)
    further = f" {rest // lesser:.0f} {less}" if rest >= lesser else ""
    return f"{sign}{whole:.0f} {name}{further}"


def size(value: float | None) -> str:
    """Write bytes.

    >>> size(900), size(15_360), size(3 * 1024**3)
    ('900 B', '15 KiB', '3 GiB')
    """
    if not _known(value):
        return NONE
    step = min(4, int(math.log(abs(value), 1024))) if abs(value) >= 1 else 0
    return f"{_figure(value / 1024**step)} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[step]}"


def count(value: float | None) -> str:
    """Write a number of things.

    >>> count(1234567), count(0.25), count(None)
    ('1,234,567', '0.25', '–')
    """
    if not _known(value):
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else _figure(value)


def share(value: float | None) -> str:
    """Write a ratio as per cent.

    >>> share(0.5), share(0.9987), share(0.004)
    ('50 %', '99.8 %', '0.4 %')
    """
    if not _known(value):
        return NONE
    percent = value * 100
    return f"{percent:.0f} %" if float(percent).is_integer() else f"{math.floor(round(percent * 10, 6)) / 10:.1f} %"


def times(before: float | None, after: float | None) -> str:
    """Say how a figure changed.

    >>> times(10.0, 2.0), times(2.0, 3.0), times(5.0, 5.01), times(0.0, 1.0)
    ('5 times less', '1.5 times as much', 'unchanged', '–')
    """
    if not _known(before) or not _known(after) or before <= 0 or after <= 0:
        return NONE
    ratio = after / before
    if 0.98 < ratio < 1.02:
        return "unchanged"
    return f"{_figure(1 / ratio)} times less" if ratio < 1 else f"{_figure(ratio)} times as much"


def small(value: float | None) -> str:
    """Write a probability, which may be very small.

    >>> small(0.03), small(1e-30)
    ('0.03', '< 0.001')
    """
    if not _known(value):
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def index(ddl: str) -> str:
    """Name an index by what it is on, without the words that every statement has.

    >>> index('CREATE INDEX CONCURRENTLY ON "public"."jobs" USING btree ("status", "at") INCLUDE ("Url")')
    'jobs (status, at) INCLUDE ("Url")'
    """
    named = _CREATE.sub("", ddl)
    named = _PLAIN_NAME.sub(r"\1", named)
    return named.removeprefix("public.").replace(" USING btree", "", 1)


def plural(number: int | None, one: str, many: str | None = None) -> str:
    """Write a number with its noun.

    >>> plural(1, "statement"), plural(3, "index", "indexes")
    ('1 statement', '3 indexes')
    """
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def instant(value: Any) -> datetime | None:
    """Read an instant as documents hold it: a datetime, text, or seconds since 1970.

    >>> instant("2026-01-02T03:04:05Z").hour
    3
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        try:
            return instant(datetime.fromisoformat(value))
        except ValueError:
            return None
    return None


def since(value: Any, now: datetime | None = None) -> str:
    """Say how long ago an instant was, or how far ahead it is.

    >>> since("2026-01-01T00:00:00Z", instant("2026-01-01T00:05:10Z"))
    '5 min ago'
    >>> since("2026-01-01T02:00:00Z", instant("2026-01-01T00:00:00Z"))
    'in 2 h'
    """
    at = instant(value)
    if at is None:
        return NONE
    away = (now or datetime.now(UTC)) - at
    length = _roughly(abs(away))
    if length == "now":
        return "just now" if away >= timedelta(0) else "now"
    return f"{length} ago" if away >= timedelta(0) else f"in {length}"


def clock(value: Any) -> str:
    """Write an instant in full, in UTC.

    >>> clock("2026-01-01T00:00:00Z")
    '2026-01-01 00:00:00 UTC'
    """
    at = instant(value)
    return NONE if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def time(value: Any) -> str:
    """Return the markup of an instant: how long ago, and the instant itself for whoever points at it."""
    at = instant(value)
    if at is None:
        return NONE
    return f'<time datetime="{at.isoformat()}" title="{escape(clock(at))}">{escape(since(at))}</time>'


def with_query(path: str, query: dict[str, Any]) -> str:
    """Return an address with what is given of a query.

    >>> with_query("/optimizer", {"target": "main", "page": None})
    '/optimizer?target=main'
    """
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def _roughly(length: timedelta) -> str:
    total = length.total_seconds()
    if total < 2:
        return "now"
    for unit, name, until in ((1.0, "s", 90.0), (_MINUTE, "min", 90 * _MINUTE), (_HOUR, "h", 36 * _HOUR)):
        if total < until:
            return f"{total / unit:.0f} {name}"
    return f"{total / _DAY:.0f} d"


def _figure(value: float) -> str:
    """Write three significant figures without an exponent.

    >>> _figure(0.0421), _figure(12.0), _figure(123.9)
    ('0.042', '12', '124')
    """
    if abs(value) < _LEAST:
        return "0" if value == 0 else f"< {2 * _LEAST:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    digits = min(digits, 3 if abs(value) < 1 else digits)
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _known(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
