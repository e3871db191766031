"""The whole application on private servers with the sample's traffic, as `make demo` has it, in mode approve."""

import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg2
from sqlalchemy import make_url

from sandbox.demo import stage
from sandbox.demo.cached import Readers
from sandbox.demo.processes import application, running
from sandbox.demo.stage import Stage
from sandbox.sample.load import load
from sandbox.servers import servers

SCALE = 0.1
"""Two hundred thousand rows: the advisor has something to say, and a build takes a moment."""
PACE = 2.0
RATE = 60.0
SERVER = {"shared_buffers": "64MB", "max_wal_size": "1GB"}
USER = "celeriac"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Stack:
    """Everything that runs, and where it can be reached."""

    scene: Stage
    logs: Path

    @property
    def address(self) -> str:
        """Where Flower is."""
        return f"http://127.0.0.1:{self.scene.flower_port}"

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Return what a query finds in the database."""
        connection = psycopg2.connect(make_url(self.scene.url).set(drivername="postgresql").render_as_string(False))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()


@contextmanager
def stack(*, durable: bool = False, scale: float = SCALE) -> Iterator[Stack]:
    """Run it for the block; a server that is not durable is faster, and the health checks say so."""
    with (
        tempfile.TemporaryDirectory(prefix="celeriac-browser-") as folder,
        servers(durable=durable, settings=SERVER) as machines,
    ):
        logs = Path(folder)
        scene = stage.set_up(machines.postgres, machines.redis, logs, PACE)
        scene.environment.update({"CELERIAC_TARGETS__MAIN__MODE": "approve", **_periods(scene)})
        load(scene.url, scale)
        stage.hand_over(scene)
        traffic = ["sandbox.sample.traffic", "--url", scene.application_url, "--clients", "2", "--rate", str(RATE)]
        with (
            application(scene.environment, logs),
            running("traffic", traffic, {}, logs),
            Readers(scene),
        ):
            made = Stack(scene, logs)
            eventually(lambda: _answers(made) and _has_ledger(made))
            yield made


def eventually(look: Callable[[], Found], deadline_s: float = 90.0) -> Found:
    """Look until there is something, and return it."""
    ends = time.monotonic() + deadline_s
    while not (found := look()):
        assert time.monotonic() < ends, f"nothing after {deadline_s:.0f} s"
        time.sleep(0.1)
    return found


def _periods(scene: Stage) -> dict[str, str]:
    periods = json.loads(scene.environment["CELERIAC_SCHEDULE__EVERY"])
    # Slow enough that a busy machine is not told to be late.
    periods |= dict.fromkeys(("statements_capture", "indexes_verify", "indexes_reconcile", "buffers_warm"), "3s")
    periods |= dict.fromkeys(("health_check", "alerts_evaluate", "metrics_record", "cache_warm"), "10s")
    periods |= {"indexes_recommend": "10s", "buffers_snapshot": "20s", "metrics_roll_up": "20s"}
    return {"CELERIAC_SCHEDULE__EVERY": json.dumps(periods)}


def _has_ledger(made: Stack) -> bool:
    """The worker makes it when it starts, which may be after Flower answers."""
    return made.rows("SELECT to_regclass('celeriac.alert')") != [(None,)]


def _answers(made: Stack) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", made.scene.flower_port)) == 0
