"""Tables in the words of the tests: what is not said is quiet, and well kept."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from celeriac.maintenance.facts import Server, Table

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "oid": 1,
    "schema_name": "public",
    "table_name": "jobs",
    "name": "public.jobs",
    "kind": "r",
    "estimated_rows": 100_000.0,
    "rows": 100_000,
    "dead": 0,
    "changed": 0,
    "inserted": 0,
    "inserts": 100_000,
    "rewrites": 50_000,
    "pages": 1_000,
    "visible_pages": 1_000,
    "analyzed_at": NOON,
    "vacuumed_at": NOON,
    "options": {},
    "has_statistics": True,
    "is_owned": True,
    "is_maintained": True,
}


@pytest.fixture
def table() -> Callable[..., Table]:
    return lambda **figures: Table(**{**QUIET, **figures})


@pytest.fixture
def server() -> Server:
    """As PostgreSQL comes."""
    return Server(NOON, True, 50, 0.1, 50, 0.2, 1000, 0.2, -1)
