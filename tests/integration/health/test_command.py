"""`celeriac health` ends with 0 where nothing is critical, and with 1 where something is."""

import pytest
from sqlalchemy import Engine

from celeriac.cli import app
from celeriac.cli.edge import run

from .looking import bad, until
from .test_dangers import altered


def test_the_command_fails_only_where_something_is_critical(
    server: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    url = server.url.render_as_string(hide_password=False)
    assert run(app, ["health", url]) == 1
    assert "-- durability: fsync\nALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();" in capsys.readouterr().out
    with altered(server, "ALTER SYSTEM SET fsync = on", back="ALTER SYSTEM SET fsync = off"):
        assert until(lambda: not bad(server, "durability"))
        assert run(app, ["health", url]) == 0
