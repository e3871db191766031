from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from celeriac.cli import app
from celeriac.cli.edge import run


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return orjson.loads(self.out)


@pytest.fixture
def celeriac(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run one command line; nothing of this machine's environment names a database."""
    for variable in ("TARGETS__MAIN__URL", "TARGETS__MAIN__STATE_URL", "REDIS__CACHE_URL"):
        monkeypatch.delenv(f"CELERIAC_{variable}", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def command(*arguments: str) -> Outcome:
        code = run(app, arguments)
        return Outcome(code, *capsys.readouterr())

    return command
