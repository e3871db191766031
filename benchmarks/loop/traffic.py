"""Send the calls of many scenarios at once: seeded, at the rates they name, until told otherwise.

The rate is the offered load: a database that gets faster is not sent more. Arrivals are a Poisson process, as those of
many people who know nothing of each other.
"""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg2

from benchmarks.loop.scenario import Call, Scenario

CLIENTS = 2
"""Connections of each scenario."""
MAX_LAG_S = 1.0
"""Behind schedule by more than this, the schedule is moved: no burst follows a stall."""


class Traffic:
    """The clients of one scenario."""

    def __init__(self, dsn: str, scenario: Scenario, seed: int) -> None:
        self.scenario, self.calls = scenario, scenario.calls
        self.sent = self.failed = 0
        self._dsn, self._ended = dsn, threading.Event()
        self._threads = [
            threading.Thread(target=self._client, args=(random.Random(f"{seed} {scenario.name} {number}"),))
            for number in range(CLIENTS)
        ]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def switch(self, calls: Sequence[Call]) -> None:
        """Send other calls from now on."""
        self.calls = tuple(calls)

    def stop(self) -> None:
        """End and wait for the last calls."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _client(self, rng: random.Random) -> None:
        connection = psycopg2.connect(self._dsn, application_name="traffic")
        connection.autocommit = True
        due = time.monotonic()
        try:
            with connection.cursor() as cursor:
                while not self._ended.is_set():
                    calls = self.calls
                    due = max(due, time.monotonic() - MAX_LAG_S) + rng.expovariate(_rate(calls) / CLIENTS)
                    if not self._ended.wait(max(0.0, due - time.monotonic())):
                        self._send(cursor, rng.choices(calls, [call.per_s for call in calls])[0], rng)
        finally:
            connection.close()

    def _send(self, cursor: "psycopg2.extensions.cursor", call: Call, rng: random.Random) -> None:
        try:
            send(cursor, self.scenario, call, rng)
            self.sent += 1
        except psycopg2.Error:  # an application goes on after a refused statement
            self.failed += 1


def send(cursor: "psycopg2.extensions.cursor", scenario: Scenario, call: Call, rng: random.Random) -> None:
    """Send one call and read its answer."""
    cursor.execute(scenario.text(call), dict(call.values(rng)) or None)
    if cursor.description is not None:
        cursor.fetchall()


@contextmanager
def traffic(dsn: str, scenarios: Sequence[Scenario], seed: int) -> Iterator[dict[str, Traffic]]:
    """Send the traffic of all scenarios for the length of the block."""
    running = {scenario.name: Traffic(dsn, scenario, seed) for scenario in scenarios}
    for one in running.values():
        one.start()
    try:
        yield running
    finally:
        for one in running.values():
            one.stop()


def _rate(calls: Sequence[Call]) -> float:
    return sum(call.per_s for call in calls)
