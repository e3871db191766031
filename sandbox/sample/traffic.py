"""Send the sample's traffic: a fixed sequence at a fixed rate from several connections, until told to stop.

The rate is the offered load: a database that gets faster does not get more calls, so before and after compare. One that
cannot keep up is sent the same sequence, only later.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Annotated

import psycopg2
import typer
from psycopg2.extensions import connection as Connection  # noqa: N812 - the class bears a small name
from sqlalchemy import make_url

from celeriac.errors import CeleriacError
from sandbox.sample.mix import SHAPES, Call, sequence
from sandbox.sample.shape import Extent

APPLICATION = "stratlogic-api"
RATE = 15.0
"""About what two cores serve before the first index, with room left for a worker."""
CLIENTS = 4
MAX_LAG_S = 1.0
"""Behind schedule by more than this, the schedule is moved: no burst follows a stall."""
RECONNECT_S = 0.2


class DatabaseUnreachable(CeleriacError):
    """The traffic cannot reach its database: {reason}."""


class SampleMissing(CeleriacError):
    """The database holds no sample tables; load them first with `python -m sandbox.sample.load --url URL`."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What has been sent so far."""

    seconds: float
    calls: Mapping[str, int]
    """Finished calls of each shape."""
    total_ms: Mapping[str, float]
    """Time that clients waited, of each shape."""
    failed: int
    """Calls that the server refused or lost; the client reconnects and goes on."""

    @property
    def total_calls(self) -> int:
        """Finished calls of all shapes."""
        return sum(self.calls.values())


@dataclass(slots=True)
class _Run:
    """What the clients of one run share, behind one lock."""

    calls: Iterator[Call]
    period_s: float
    stop: threading.Event
    began: float = field(default_factory=time.monotonic)
    due: float = field(default_factory=time.monotonic)
    finished: Counter[str] = field(default_factory=Counter)
    total_ms: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> tuple[Call, float]:
        """Take the next call of the sequence and when it is due."""
        with self.lock:
            self.due = max(self.due + self.period_s, time.monotonic() - MAX_LAG_S)
            return next(self.calls), self.due

    def count(self, name: str, spent_ms: float) -> None:
        """Record a finished call."""
        with self.lock:
            self.finished[name] += 1
            self.total_ms[name] += spent_ms

    def count_failed(self) -> None:
        """Record a failed call."""
        with self.lock:
            self.failed += 1

    def tally(self) -> Tally:
        """Return a copy of the counts."""
        with self.lock:
            return Tally(time.monotonic() - self.began, dict(self.finished), dict(self.total_ms), self.failed)


def send(
    url: str,
    *,
    seconds: float | None = None,
    rate: float = RATE,
    clients: int = CLIENTS,
    seed: int = 1,
    stop: threading.Event | None = None,
    every_s: float = 1.0,
) -> Iterator[Tally]:
    """Send traffic and yield the tally about every `every_s`, the last one when all clients are done.

    `rate` is calls a second over all clients. It ends after `seconds`, when `stop` is set or the iterator
    is closed. Raises DatabaseUnreachable or SampleMissing before anything is sent.
    """
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    extent = read_extent(dsn)
    run = _Run(sequence(seed), 1 / rate, stop or threading.Event())
    ended = threading.Event()
    with ThreadPoolExecutor(clients, thread_name_prefix="traffic") as pool:
        try:
            working = [pool.submit(_client, dsn, extent, run, ended) for _ in range(clients)]
            while not run.stop.is_set() and (seconds is None or time.monotonic() - run.began < seconds):
                left_s = every_s if seconds is None else min(every_s, max(0.0, run.began + seconds - time.monotonic()))
                run.stop.wait(left_s)
                yield run.tally()
        finally:
            ended.set()
            wait(working)
    for client in working:
        client.result()
    yield run.tally()


def read_extent(dsn: str) -> Extent:
    """Return how far the sample's numbers reach; raises DatabaseUnreachable or SampleMissing."""
    connection = _connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT (SELECT max(id) FROM users), (SELECT max(id) FROM scraping_jobs),
                          (SELECT max(id) FROM artifacts), (SELECT max(id) FROM crawl_sessions)"""
            )
            highest = cursor.fetchone()
    except psycopg2.errors.UndefinedTable:
        raise SampleMissing() from None
    finally:
        connection.close()
    if highest is None or None in highest:
        raise SampleMissing()
    return Extent(*highest)


def _client(dsn: str, extent: Extent, run: _Run, ended: threading.Event) -> None:
    connection: Connection | None = None
    while not ended.is_set():
        call, due = run.next()
        if ended.wait(max(0.0, due - time.monotonic())):
            break
        try:
            connection = connection or _connect(dsn)
            run.count(call.shape.name, _execute(connection, call, extent))
        except (psycopg2.Error, DatabaseUnreachable):
            run.count_failed()
            if connection is None or connection.closed:
                connection = None
                ended.wait(RECONNECT_S)
    if connection is not None:
        connection.close()


def _execute(connection: Connection, call: Call, extent: Extent) -> float:
    values = call.shape.values(call.draw(extent))
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(call.shape.statement, values)
        if cursor.description is not None:
            cursor.fetchall()
    return (time.perf_counter() - began) * 1000


def _connect(dsn: str) -> Connection:
    try:
        connection: Connection = psycopg2.connect(dsn, application_name=APPLICATION, connect_timeout=5)
    except psycopg2.OperationalError as error:
        raise DatabaseUnreachable(reason=" ".join(str(error).split())) from None
    connection.autocommit = True
    return connection


def main(
    url: Annotated[str, typer.Option(help="URL of a database that holds the sample.")],
    seconds: Annotated[float | None, typer.Option(help="Stop by itself after so long; without it, at Ctrl-C.")] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Calls a second, all clients together.")] = RATE,
    clients: Annotated[int, typer.Option(min=1, max=64)] = CLIENTS,
    seed: Annotated[int, typer.Option(help="The same seed sends the same calls.")] = 1,
) -> None:
    """Send the sample application's traffic."""
    tally = None
    try:
        for tally in send(url, seconds=seconds, rate=rate, clients=clients, seed=seed):
            print(f"\r{tally.seconds:6.0f} s {tally.total_calls:8,} calls {tally.failed:4} failed", end="", flush=True)
    except CeleriacError as refusal:
        print(refusal)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print()
    if tally:
        _print_table(tally)


def _print_table(tally: Tally) -> None:
    print(f"\n{'shape':24}{'calls':>8}{'mean ms':>10}")
    for shape in SHAPES:
        if calls := tally.calls.get(shape.name):
            print(f"{shape.name:24}{calls:8}{tally.total_ms[shape.name] / calls:10.2f}")


if __name__ == "__main__":
    typer.run(main)
