"""`make demo`: set the stage, send traffic, let the scheduled tasks do the work, and report what it brought."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import redis
from rich.console import Console
from sqlalchemy import NullPool, create_engine

from celeriac.errors import CeleriacError
from sandbox.demo import restart, stage
from sandbox.demo.cached import Readers
from sandbox.demo.plant import plant
from sandbox.demo.processes import Process, application, running, stop
from sandbox.demo.report import IndexRow, Raw, Report, compare, weighted_means
from sandbox.demo.stage import Stage
from sandbox.demo.tell import Teller
from sandbox.demo.watch import Glance, Watch, count_invalid, count_warmed, watching
from sandbox.sample.load import load
from sandbox.sample.traffic import RATE
from sandbox.servers import Servers, servers

SERVER = {"shared_buffers": "256MB", "max_wal_size": "2GB", "checkpoint_timeout": "15min", "random_page_cost": "1.1"}
"""As for a small server with an SSD."""

BEFORE_S = 30.0
AFTER_S = 20.0
QUIET_S = 32.0
"""The advisor has run once more by then and found nothing to add."""
RECONCILED_S = 15.0
"""Whatever the restarts interrupted is put right by then."""
DEADLINE_S = 115.0
"""Of the work itself; what is not decided by then is reported as it is."""


class ProcessEnded(CeleriacError):
    """The {name} process ended early; the last lines of its log:\n{log}"""


def main() -> None:
    """Run the demo; exits 0 when it has written its report."""
    stays = sys.stdout.isatty() and not os.environ.get("DEMO_EXIT")
    scale, pace = (float(os.environ.get(name, "1")) for name in ("DEMO_SCALE", "DEMO_PACE"))
    teller = Teller(Console(width=None if sys.stdout.isatty() else 132))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="celeriac-demo-") as folder,
            servers(settings=SERVER) as machines,
        ):
            play(machines, Path(folder), teller, scale=scale, pace=pace, stays=stays)
    except CeleriacError as error:
        teller.console.print(f"[red]{error}[/red]", highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        teller.console.print("Stopped.")


def play(machines: Servers, logs: Path, teller: Teller, *, scale: float, pace: float, stays: bool) -> None:
    """Play the whole story once and write demo-report.json and its raw readings beside it."""
    scene = stage.set_up(machines.postgres, machines.redis, logs, pace)
    with teller.while_(f"loading {2 * scale:g} million rows, primary keys only"):
        load(scene.url, scale)
        stage.hand_over(scene)
    traffic = ["sandbox.sample.traffic", "--url", scene.application_url, "--clients", "4", "--rate", str(RATE * pace)]
    with (
        application(scene.environment, logs) as processes,
        running("traffic", traffic, {}, logs) as sender,
        Readers(scene) as readers,
        watching(scene.url) as watch,
    ):
        alive = {**processes, "traffic": sender}
        raw = _work(scene, watch, teller, lambda: _check(alive, logs), pace)
        stop(sender)
        readers.stop()
        watch.close()
        hit_rate = readers.hit_rate()
        first = restart.first_queries(machines.postgres, scene, teller)
        report = _report(raw, watch, scene, teller, hit_rate, first)
        _write(report, raw)
        teller.show(report, f"http://127.0.0.1:{scene.flower_port} (celeriac / {scene.flower_password})")
        if stays:
            teller.console.print("Everything stays up until Ctrl-C.")
            while True:
                time.sleep(1)


def _work(scene: Stage, watch: Watch, teller: Teller, check: Callable[[], None], pace: float) -> Raw:
    def wait(until: Callable[[Glance], bool], seconds: float) -> Glance:
        deadline = time.monotonic() + seconds
        while not until(watch.latest) and time.monotonic() < deadline:
            check()
            teller.tell_changes(watch.latest)
            time.sleep(0.5)
        teller.tell_changes(watch.latest)
        return watch.latest

    with teller.while_("the API's traffic, as it is"):
        start = wait(lambda glance: len(glance.readings) > 10, 30.0)
        wait(lambda glance: glance.at - start.at >= BEFORE_S / pace or glance.has_built, BEFORE_S + 30)
    with teller.while_("the scheduled tasks are at work"):
        wait(lambda glance: bool(glance.changes), 60.0)
        plant(scene.url)
        quiet = _Quiet(QUIET_S / pace)
        wait(quiet, DEADLINE_S)
    with teller.while_("the same traffic, once more"):
        after = watch.latest
        wait(lambda glance: glance.at - after.at >= AFTER_S / pace, AFTER_S + 10)
    return Raw(start.readings, watch.last_before_building().readings, after.readings, watch.latest.readings)


class _Quiet:
    """True once nothing has been under way for a while."""

    def __init__(self, lasting_s: float) -> None:
        self._lasting_s = lasting_s
        self._settled_at: float | None = None

    def __call__(self, glance: Glance) -> bool:
        if not glance.is_settled:
            self._settled_at = None
        elif self._settled_at is None:
            self._settled_at = glance.at
        return self._settled_at is not None and glance.at - self._settled_at >= self._lasting_s


def _report(
    raw: Raw,
    watch: Watch,
    scene: Stage,
    teller: Teller,
    hit_rate: float,
    first_query_ms: dict[str, float],
) -> Report:
    statements = compare(raw)
    before, after = weighted_means(statements)
    engine = create_engine(scene.url, poolclass=NullPool)
    deadline = time.monotonic() + RECONCILED_S
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while (invalid := count_invalid(connection)) and time.monotonic() < deadline:
            time.sleep(0.5)
        warmed = count_warmed(connection)
    engine.dispose()
    return Report(
        seconds=round(time.monotonic() - teller.began, 1),
        statements=statements,
        weighted_mean_ms_before=before,
        weighted_mean_ms_after=after,
        indexes=tuple(
            IndexRow(change.ddl, change.state, change.why_ended or change.reason, change.size_bytes)
            for change in watch.latest.changes
        ),
        invalid_indexes=invalid,
        cache={"hit_rate": hit_rate, "warmed": warmed},
        first_query_ms=first_query_ms,
        planner_verified=watch.planner_verified,
        tasks=_tasks(scene),
    )


def _tasks(scene: Stage) -> dict[str, dict[str, int]]:
    prefix = "celeriac:tasks:"
    with redis.Redis.from_url(scene.environment["CELERIAC_REDIS__RESULTS_URL"], decode_responses=True) as client:
        counted = {str(key): client.hgetall(key) for key in sorted(client.scan_iter(match=f"{prefix}*"))}
    return {
        key.removeprefix(prefix): {name: int(row.get(name, 0)) for name in ("runs", "failed")}
        for key, row in counted.items()
    }


def _write(report: Report, raw: Raw) -> None:
    Path("demo-report.json").write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    Path("demo-readings.json").write_text(json.dumps(asdict(raw)) + "\n", encoding="utf-8")


def _check(processes: dict[str, Process], logs: Path) -> None:
    for name, process in processes.items():
        if process.poll() is not None:
            lines = (logs / f"{name}.log").read_text(errors="replace").splitlines()
            raise ProcessEnded(name=name, log="\n".join(lines[-15:]))


if __name__ == "__main__":
    main()
