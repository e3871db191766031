"""How well the cache advisor foretells: its hit ratios against those of the real cache under the sample's traffic.

The advisor sees the statements, the statistics and the catalog of a server that the sample's traffic has run on. Then
another seed of that traffic is played against the real `Cache` and a real Redis, by the code that the advisor says to
paste: its `@cached` lines, with its lifetimes and tags, and its invalidations after each write, which PostgreSQL runs.
Time is compressed: every lifetime is so much shorter and every rate so much higher; what is foretold is for the pace
that this machine kept up with. Run by `make bench-cache_advice`.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extras
from sqlalchemy import NullPool, create_engine, text

from celeriac.cache import Cache, CachedFunction, CachePolicy, Lifetime, cached
from celeriac.cache.advise import Cacheable, CacheAdvice, CacheAdvicePolicy, ServerFacts, advise, read_facts
from celeriac.statements.catalog import Catalog, read_catalog
from celeriac.statements.lifetime import read_lifetime
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.workload import Workload, from_window
from sandbox.postgres import postgres
from sandbox.redis import redis_server
from sandbox.sample.load import load
from sandbox.sample.mix import SHAPES, sequence
from sandbox.sample.shape import Extent, Shape
from sandbox.sample.traffic import read_extent, send
from sandbox.state import state_folder

RESULT = Path(__file__).parent / "results" / "cache_advice.json"
SCALE = 0.05
RATE = 60.0
"""Calls a second, as the advisor sees them."""
MEASURED_S = 60.0
SPEED = 12.0
"""How much faster the traffic is played."""
MAX_TTL_S = 600
"""The longest lifetime that may be advised here: the play must last for several."""
POLICY = CacheAdvicePolicy(
    min_calls_per_hour=0, min_mean_ms=0, min_saved_ms_per_hour=-1e12, min_hit_ratio=0.02, max_ttl_s=MAX_TTL_S
)
"""All that is safe to cache, so that low hit ratios are foretold too."""
_PARAMETER = re.compile(r"%\((\w+)\)s|(?<![\w$])(\d+)(?!\w)|\$\d+")


def main(play_s: float = 60.0) -> None:
    """Measure, advise, play and compare."""
    with (
        state_folder() as folder,
        postgres(folder, {}, settings={"synchronous_commit": "off"}) as database,
        redis_server(folder) as server,
    ):
        load(database.url(), SCALE)
        seen = _look(database.url())
        advice = seen.advice(POLICY)
        played, reached = _play(advice, database.url(), server.url(), play_s)
    _report(advice, seen, played, reached)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the advisor is given."""

    workload: Workload
    catalog: Catalog
    server: ServerFacts

    def advice(self, policy: CacheAdvicePolicy, pace: float = 1.0) -> CacheAdvice:
        """Advise as if everything had come at another pace."""
        return advise(Workload(self.workload.statements, self.workload.hours / pace), self.catalog, policy, self.server)

    def foretold(self, one: Cacheable, pace: float) -> float:
        """Return the hit ratio at the lifetime that was advised and the pace that was played."""
        at_ttl = replace(POLICY, min_ttl_s=one.ttl_s, max_ttl_s=one.ttl_s, min_hit_ratio=0.0)
        again = {other.fingerprint: other.hit_ratio for other in self.advice(at_ttl, pace).cacheable}
        return again[one.fingerprint]


def _look(url: str) -> _Seen:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))
        connection.execute(text("SELECT pg_stat_statements_reset()"))
        for _ in send(url, seconds=MEASURED_S, rate=RATE):
            pass
        workload = from_window(read_lifetime(connection, "main", StatementPolicy()))
        return _Seen(workload, read_catalog(connection), read_facts(connection))


@dataclass(slots=True)
class _Player:
    """One shape of the traffic with what the advisor says of it."""

    shape: Shape
    function: CachedFunction[..., Any] | None
    calls: list[str]
    """Lines to run after a write."""
    lookups: int = 0


def _play(advice: CacheAdvice, dsn: str, redis_url: str, seconds: float) -> tuple[dict[str, tuple[int, int]], float]:
    """Return lookups and hits by function, and the share of the pace that this machine kept up with."""
    cache = Cache(redis_url, policy=CachePolicy(lifetime=Lifetime()))
    functions = {one.name: _pasted(one, cache) for one in advice.cacheable}
    players = {shape.name: _player(shape, advice, functions) for shape in SHAPES}
    extent = read_extent(dsn.replace("+psycopg2", ""))
    connection = psycopg2.connect(dsn.replace("+psycopg2", ""))
    connection.autocommit = True
    warm_s = MAX_TTL_S / SPEED * 1.5
    _run(players, extent, connection, cache, seed=7, seconds=warm_s)
    before = cache.statistics()
    for player in players.values():
        player.lookups = 0
    reached = _run(players, extent, connection, cache, seed=8, seconds=seconds)
    after = cache.statistics()
    cache.close()
    connection.close()
    found = {}
    for name, function in functions.items():
        late, early = after.get(function.namespace), before.get(function.namespace)
        if late is not None:
            hits = late.hits - (early.hits if early else 0)
            found[name] = (hits + late.misses - (early.misses if early else 0), hits)
    return found, reached


def _run(
    players: dict[str, _Player], extent: Extent, connection: Any, cache: Cache, *, seed: int, seconds: float
) -> float:
    """Send calls at the compressed rate; return the rate that was reached, as a share of what was asked for."""
    began, sent = time.monotonic(), 0
    for call in sequence(seed):
        due = began + sent / (RATE * SPEED)
        if time.monotonic() > began + seconds:
            break
        if (early := due - time.monotonic()) > 0.001:
            time.sleep(early)
        _send(players[call.shape.name], call.draw(extent), connection, cache)
        sent += 1
    return sent / (RATE * SPEED) / (time.monotonic() - began)


def _send(player: _Player, draw: Any, connection: Any, cache: Cache) -> None:
    values = player.shape.values(draw)
    if player.function is not None:
        player.lookups += 1
        player.function(*_arguments(player.shape, values))
    elif player.shape.writes:
        with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(player.shape.statement.replace("RETURNING id", "") + " RETURNING *", values)
            rows = cursor.fetchall()
        for line in player.calls:
            for told in {line} if "{" not in line else {_filled(line, row) for row in rows}:
                exec(told, {"cache": cache})


def _filled(line: str, row: dict[str, Any]) -> str:
    tag = re.search(r'f"(.*)"', line)
    assert tag is not None
    return f"cache.invalidate(tags=({tag.group(1).format(**row)!r},))"


def _pasted(one: Cacheable, cache: Cache) -> CachedFunction[..., Any]:
    """Run the code to paste, with its lifetime compressed."""

    def compressed(over: Cache, *, ttl: float, **options: Any) -> Any:
        return cached(over, ttl=ttl / SPEED, namespace=one.name, **options)

    names: dict[str, Any] = {"cached": compressed, "cache": cache}
    exec(one.code, names)
    function: CachedFunction[..., Any] = names[one.name]
    return function


def _player(shape: Shape, advice: CacheAdvice, functions: dict[str, CachedFunction[..., Any]]) -> _Player:
    bare = _bare(shape.statement)
    found = next((functions[one.name] for one in advice.cacheable if _bare(one.statement) == bare), None)
    calls = {step.call for one in advice.cacheable for step in one.invalidations if _bare(step.statement) == bare}
    return _Player(shape, found, sorted(calls))


def _bare(statement: str) -> str:
    return " ".join(_PARAMETER.sub("?", re.sub(r"::\w+", "", statement)).split()).replace("'?'", "?")


def _arguments(shape: Shape, values: Any) -> Iterator[Any]:
    for name, literal in re.findall(r"%\((\w+)\)s|(?<![\w$(])(\d+)(?!\w)", shape.statement):
        yield values[name] if name else int(literal)


def _report(advice: CacheAdvice, seen: _Seen, played: dict[str, tuple[int, int]], reached: float) -> None:
    cases = []
    for one in advice.cacheable:
        lookups, hits = played.get(one.name, (0, 0))
        if lookups >= 200:
            foretold, measured = seen.foretold(one, reached), round(hits / lookups, 4)
            print(f"{one.name:50} {foretold:7.1%} foretold {measured:7.1%} measured at {one.ttl_s} s")
            case = {"case": one.name, "foretold": foretold, "measured": measured, "lookups": lookups}
            cases.append(case | {"ttl_s": one.ttl_s, "tags": one.tags})
    errors = [abs(case["foretold"] - case["measured"]) for case in cases]
    document = {
        "unit": "hit ratio",
        "speed": SPEED,
        "pace_kept": round(reached, 3),
        "mean_error": round(sum(errors) / len(errors), 4),
        "largest_error": round(max(errors), 4),
        "statements": cases,
    }
    RESULT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"mean error {document['mean_error']:.1%}, largest {document['largest_error']:.1%}; written to {RESULT}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
