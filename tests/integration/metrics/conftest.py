from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, NullPool, create_engine


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
