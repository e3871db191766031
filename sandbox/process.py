"""Start one server process as a user that it accepts, wait until it answers, and stop it."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from celeriac.errors import CeleriacError
from sandbox.binaries import Binaries
from sandbox.state import copy_beside, record_process

HELPERS = ("postgres", "nobody")
READY_S = 30.0
STOP_S = 20.0
POLL_S = 0.01


class ServerFailed(CeleriacError):
    """The private {server} did not start: {reason}."""


class HelperMissing(CeleriacError):
    """PostgreSQL refuses to run as root, and this machine has neither {names} to run it as; add one of them."""


@dataclass(frozen=True, slots=True)
class Helper:
    """The user that servers run as: PostgreSQL refuses to run as root, and neither server needs to be."""

    name: str
    user_id: int
    group_id: int


@dataclass(slots=True)
class ServerProcess:
    """One running server, with what is needed to start it again."""

    name: str
    command: Sequence[str | Path]
    state: Path
    helper: Helper | None
    answers: Callable[[], bool]
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """What the server has said since its first start."""
        return self.state / f"{self.name}.log"

    def start(self) -> None:
        """Start and return once it answers; raises ServerFailed with the last line it said."""
        with self.log.open("ab") as log:
            self.running = spawn(self.command, self.helper, output=log.fileno())
        record_process(self.state, self.name, self.running.pid)
        deadline = time.monotonic() + READY_S
        while not self.answers():
            if self.running.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServerFailed(server=self.name, reason=last_words(self.log.read_bytes()))
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Shut down fast but orderly (SIGINT), by force if that takes too long."""
        if self.running is None:
            return
        self.running.send_signal(signal.SIGINT)
        try:
            self.running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
        self.running = None


def helper_user() -> Helper | None:
    """Return the user to run servers as when we are root, None when we are a plain user."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in HELPERS:
        if entry := known.get(name):
            return Helper(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise HelperMissing(names=" nor ".join(HELPERS))


def spawn(command: Sequence[str | Path], helper: Helper | None, output: int) -> subprocess.Popen[bytes]:
    """Start a program as the helper user, away from our folder, terminal and PG* environment."""
    return subprocess.Popen(
        [str(part) for part in command],
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_MESSAGES": "C"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=helper.user_id if helper else None,
        group=helper.group_id if helper else None,
        extra_groups=[] if helper else None,
    )


def reachable(binaries: Binaries, helper: Helper | None, state: Path) -> Binaries:
    """Return the binaries, copied into the state folder where the helper user may not enter their folder."""
    if helper is None or _can_run(binaries.program, helper):
        return binaries
    copies = state / "binaries"
    copy_beside(binaries.copied, copies)
    return binaries.moved(copies)


def own_folder(state: Path, name: str, helper: Helper | None) -> Path:
    """Make the server's private folder, owned by the user it runs as."""
    folder = state / name
    folder.mkdir(mode=0o700)
    if helper:
        os.chown(folder, helper.user_id, helper.group_id)
    return folder


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def last_words(log: bytes) -> str:
    """Return the last line that says something.

    >>> last_words(b"FATAL:  data directory is missing\\n\\n")
    'FATAL:  data directory is missing'
    """
    lines = [line.strip() for line in log.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it ended without a word"


def _can_run(program: Path, helper: Helper) -> bool:
    try:
        return spawn([program, "--version"], helper, output=subprocess.DEVNULL).wait() == 0
    except PermissionError:
        return False
