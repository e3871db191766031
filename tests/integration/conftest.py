"""The application, set up on the test's own servers."""

import os
from collections.abc import Callable, Iterator

import pytest

from config import database, redis
from config.settings import PREFIX, Settings, settings

Configure = Callable[..., Settings]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Configure]:
    """Set `CELERIAC_` variables (lower case, as keywords) and read the settings afresh."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CELERIAC_ENV_FILE", "")
    monkeypatch.setenv("CELERIAC_SECRETS_DIR", str(tmp_path))
    # What a test forgets to set must not lead to the machine's own servers.
    monkeypatch.setenv("CELERIAC_TARGETS__MAIN__URL", "postgresql://127.0.0.1:1/nowhere")
    for role in ("BROKER", "RESULTS", "CACHE"):
        monkeypatch.setenv(f"CELERIAC_REDIS__{role}_URL", "redis://127.0.0.1:1/0")

    def set_up(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"CELERIAC_{name.upper()}", value)
        forget()
        return settings()

    yield set_up
    forget()


@pytest.fixture
def configured(configure: Configure, ledger_url: str, redis_url: str) -> Settings:
    """Settings of this test: target main with a migrated ledger, and an empty Redis for everything."""
    return configure(
        targets__main__url=ledger_url,
        redis__broker_url=redis_url,
        redis__results_url=redis_url,
        redis__cache_url=redis_url,
    )


def forget() -> None:
    database.dispose()
    redis.forget()
    settings.cache_clear()
