from collections.abc import Iterator

import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.indexes.sessions import Sessions

from .loop import JOBS, Loop


@pytest.fixture
def loop(ledger_url: str) -> Iterator[Loop]:
    """A table of jobs, a ledger beside it, and sessions to change it with."""
    engine = create_engine(ledger_url, poolclass=NullPool)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.begin() as connection:
        connection.execute(text(JOBS))
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        for session in (ddl, watch):
            session.execute(text("SET lock_timeout = '2s'"))
        yield Loop(engine, Sessions(ddl, watch, engine.begin))
    engine.dispose()
