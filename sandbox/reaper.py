"""Outlive a killed owner just long enough to stop its servers and delete its state folder.

Run by path with `python -I -S`, so it imports the standard library alone. A watcher is used rather than
PR_SET_PDEATHSIG because that signal comes when the starting *thread* ends, and because it leaves the folder behind.
"""

import contextlib
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

OWNER = "owner"
PROCESS_SUFFIX = ".process"
STOP_SIGNALS = (signal.SIGINT, signal.SIGKILL)
"""SIGINT is PostgreSQL's fast shutdown and stops Redis too."""
PATIENCE_S = 5.0
POLL_S = 0.02


def identity(pid: int) -> str:
    """Name a process for good: its number and its start, since numbers are used again; empty when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The second field is a name in parentheses that may hold spaces; the state is the first after it.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else f"{pid} {fields[19]}"


def is_alive(recorded: str) -> bool:
    """Tell whether the process that `identity` recorded still runs."""
    return bool(recorded) and identity(int(recorded.split()[0])) == recorded


def reap(folder: Path) -> None:
    """Stop every server recorded in a state folder, then delete the folder; safe to run twice."""
    recorded = [path.read_text(encoding="utf-8") for path in folder.glob(f"*{PROCESS_SUFFIX}")]
    for number in STOP_SIGNALS:
        for process in filter(is_alive, recorded):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process.split()[0]), number)
        deadline = time.monotonic() + PATIENCE_S
        while any(map(is_alive, recorded)) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    shutil.rmtree(folder, ignore_errors=True)


def wait_for_end(owner: str) -> None:
    """Return when the owner has ended."""
    pid = int(owner.split()[0])
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        if is_alive(owner):
            select.select([descriptor], [], [])
        return
    while is_alive(owner):  # kernels before 5.3 have no pidfd
        time.sleep(0.2)


def main() -> None:
    """Watch the owner of the folder given as the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Path(sys.argv[1])
    wait_for_end((folder / OWNER).read_text(encoding="utf-8"))
    reap(folder)


if __name__ == "__main__":
    main()
