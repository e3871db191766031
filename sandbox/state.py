"""A state folder that never outlives its session: under a short path, owned by one process, watched by a reaper.

Short, because the path of a unix socket may have 107 bytes. The folder is ours alone at the top, so that nobody else
can plant a process number for us to stop; each server gets a folder of its own below, which belongs to the helper user.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from sandbox import reaper

PREFIX = "celeriac-"
SHORT_TEMPORARY = Path("/tmp")  # noqa: S108 - TMPDIR may be too long for a socket; mkdtemp makes the name unguessable
MEMORY = Path("/dev/shm")  # noqa: S108 - as above
MEMORY_BYTES = 4 << 30
"""What must be free in memory before servers keep their files there: two of them with their WAL, and room to spare."""


@contextmanager
def state_folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield a fresh state folder; when the block or the process ends, its servers are stopped and it is deleted."""
    parent = parent or temporary()
    remove_stale(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    folder.chmod(0o711)
    watcher = None
    try:
        (folder / reaper.OWNER).write_text(reaper.identity(os.getpid()), encoding="utf-8")
        watcher = _watch(folder)
        yield folder
    finally:
        reaper.reap(folder)  # first: should another Ctrl-C cut this short, the watcher finishes it
        if watcher:
            watcher.terminate()
            watcher.wait()


def temporary() -> Path:
    """Return the shortest temporary folder that can be written to."""
    return SHORT_TEMPORARY if os.access(SHORT_TEMPORARY, os.W_OK) else Path(tempfile.gettempdir())


def memory(folder: Path = MEMORY) -> Path:
    """Return a temporary folder in memory where there is one with room that runs programs, else the one on the disk.

    There a database is made and dropped several times faster. Not for what measures cold reads: memory is never cold.
    """
    try:
        found = os.statvfs(folder)
    except FileNotFoundError:
        return temporary()
    free = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available)
    refused = found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) or not os.access(folder, os.W_OK)
    return temporary() if refused or free < MEMORY_BYTES else folder


def remove_stale(parent: Path) -> None:
    """Reap the folders whose owner died together with its watcher; others' folders are left alone."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            if folder.lstat().st_uid != os.geteuid() or folder.is_symlink():
                continue
            if not reaper.is_alive((folder / reaper.OWNER).read_text(encoding="utf-8")):
                reaper.reap(folder)


def record_process(folder: Path, name: str, pid: int) -> None:
    """Write down a server's process, for whoever has to stop it in our place."""
    (folder / f"{name}{reaper.PROCESS_SUFFIX}").write_text(reaper.identity(pid), encoding="utf-8")


def copy_beside(sources: tuple[Path, ...], folder: Path) -> None:
    """Copy files and folders side by side into `folder`, readable by all."""
    folder.mkdir(mode=0o755, exist_ok=True)
    for source in sources:
        target = folder / source.name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("include", "__pycache__"))
        else:
            shutil.copy2(source, target)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))


def _watch(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", reaper.__file__, str(folder)],
        cwd="/",
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # the terminal's Ctrl-C and hang-up are the owner's to handle
    )
