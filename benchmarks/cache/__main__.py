"""`make bench-cache`: all sides in one run; writes benchmarks/results/cache.json and docs/img/cache.png.

`python -m benchmarks.cache lookups local` runs only the sections named; BENCH_ROUNDS changes the rounds.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.cache import invalidation, local, lookups, peers, silence, stampede
from benchmarks.cache.plot import plot
from benchmarks.cache.row import Row
from sandbox.redis import RedisServer, redis_server
from sandbox.state import state_folder

RESULTS = Path(__file__).parents[1] / "results" / "cache.json"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
Section = Callable[[RedisServer, int], Iterator[Row]]
SECTIONS: dict[str, Section] = {
    "stampede": stampede.measure,
    "lookups": lookups.measure,
    "local": local.measure,
    "invalidation": invalidation.measure,
    "silence": silence.measure,
}


def main(chosen: list[str]) -> None:
    """Run the sections on a private Redis, and write what each found as soon as it is measured."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CELERIAC_")}
    with state_folder() as state, redis_server(state, environ=own) as server:
        for name in chosen or SECTIONS:
            for row in SECTIONS[name](server, ROUNDS):
                print(row, flush=True)
                _keep(row)
        peers.end()


def _keep(row: Row) -> None:
    found: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    by_case = {one["case"]: one for one in found} | {row.case: row.as_json()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([*by_case.values()], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    plot([*by_case.values()])


if __name__ == "__main__":
    main(sys.argv[1:])
