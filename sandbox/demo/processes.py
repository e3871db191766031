"""Start the application's processes as an operator would, each with its log in a file, and end them gently."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GRACE_S = 20.0

Process = subprocess.Popen[bytes]


@contextmanager
def running(name: str, arguments: list[str], environment: dict[str, str], logs: Path) -> Iterator[Process]:
    """Run one Python module as a child in a group of its own; end it with SIGTERM, and after a grace with SIGKILL."""
    with (logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


@contextmanager
def application(environment: dict[str, str], logs: Path) -> Iterator[dict[str, Process]]:
    """Run a general worker, the DDL worker, beat and Flower."""
    commands = {
        "worker": ["worker.role", "worker", "--concurrency", "2", "--loglevel", "info"],
        "ddl": ["worker.role", "ddl", "--concurrency", "1", "--loglevel", "info"],
        "beat": ["worker.role", "beat", "--loglevel", "info"],
        "flower": ["worker.role", "flower"],
    }
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(name, arguments, environment, logs))
            for name, arguments in commands.items()
        }


def stop(process: Process, grace_s: float = GRACE_S) -> None:
    """End a process and its group."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
