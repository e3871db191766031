"""How time and memory grow with the number of statements, on a thousand tables; each point in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks import estate
from sandbox.databases import create, create_extensions
from sandbox.postgres import PostgresServer

COUNTS = (500, 1_000, 2_500, 5_000)
ONE = """
import json, resource, sys, time
from sqlalchemy import NullPool, create_engine
from benchmarks import estate
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.workload import from_texts
texts = tuple(estate.statements(int(sys.argv[2])))
with create_engine(sys.argv[1], poolclass=NullPool).connect() as connection:
    began = time.perf_counter()
    advice = recommend(connection, from_texts(texts), AdvisorPolicy(time_limit_s=600.0))
    seconds = time.perf_counter() - began
print(json.dumps({
    "statements": len(texts), "seconds": round(seconds, 2), "indexes": len(advice.recommendations),
    "unplannable": len(advice.unplannable), "what_if_calls": advice.what_if_calls,
    "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
}))
"""


def growth(server: PostgresServer) -> Iterator[dict[str, Any]]:
    """Advise on ever more statements of one estate."""
    url = create(server, "estate")
    create_extensions(server, "estate")
    estate.load(server.dsn("estate"))
    for count in COUNTS:
        done = subprocess.run([sys.executable, "-c", ONE, url, str(count)], capture_output=True, text=True, check=True)
        point = json.loads(done.stdout)
        print(point, flush=True)
        yield point
