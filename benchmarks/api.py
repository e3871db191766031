"""The API beside its promise: a cached read in 3 ms, and 1,000 requests a second on one process.

`python -m benchmarks.api`, or `make bench-api`. The ledger holds 10,000 changes and 5,000 statements. The load comes
from a process of its own over loopback: wrk where it is installed, else keep-alive connections of asyncio's, which cost
more of the machine than wrk and so flatter nobody. Writes results/api.json.
"""

import asyncio
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.api_service import Service, service

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTIONS = 16
RESULTS = Path(__file__).parent / "results" / "api.json"
CHANGES, STATEMENTS, WINDOWS, EVERY = 10_000, 5_000, 1_440, 20
V1 = "/api/v1"
PATHS = {
    "performance/monitor": f"{V1}/performance/monitor",
    "performance/stats": f"{V1}/performance/stats",
    "overview": f"{V1}/overview",
    "ledger, first page": f"{V1}/ledger",
    "ledger, 9,000 changes down": f"{V1}/ledger?cursor=1000",
    "statements, 24 hours": f"{V1}/statements",
    "one statement, a week": f"{V1}/statements/f20",
}
CACHED = f"{V1}/recommendations?limit=20"


def main() -> None:
    """Measure, print and write."""
    given = {"changes": CHANGES, "statements": STATEMENTS, "windows": WINDOWS, "every": EVERY}
    with service(**given) as running:
        found = {
            "stock": given,
            "cores": os.cpu_count(),
            "niceness": os.nice(0),
            "load_at_the_start": round(os.getloadavg()[0], 1),
            "first_read_ms": first_reads(running),
            "cached_read": cached_reads(running),
            "one_process": [loaded(running) for _ in range(ROUNDS)],
        }
    print(json.dumps(found, indent=2))
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def first_reads(running: Service) -> dict[str, float]:
    """Return how long each document takes that nobody has read yet; of three, after the process's first."""
    found: dict[str, list[float]] = {name: [] for name in PATHS}
    with httpx.Client(base_url=running.address, headers=running.headers, timeout=60) as client:
        for number in range(4):
            for name, path in PATHS.items():
                began = time.perf_counter()
                assert client.get(path).status_code == 200, name
                found[name].append((time.perf_counter() - began) * 1000)
            if number < 3:
                time.sleep(2.5)  # longer than the process keeps them
    return {name: round(median(spent[1:]), 1) for name, spent in found.items()}


def cached_reads(running: Service) -> dict[str, float]:
    """Return how long a read takes that is answered from memory, over one connection."""
    spent = []
    with httpx.Client(base_url=running.address, headers=running.headers, timeout=60) as client:
        client.get(CACHED)
        ends = time.perf_counter() + SECONDS
        while (began := time.perf_counter()) < ends:
            client.get(CACHED)
            spent.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": round(median(spent), 3), "p99_ms": round(quantiles(spent, n=100)[98], 3), "reads": len(spent)}


def loaded(running: Service) -> dict[str, Any]:
    """Return what one process serves under load, and what a request costs it whatever else the machine does."""
    before = _cpu_s(running)
    found = _load(running)
    served = found["requests_per_s"] * found.pop("seconds")
    return {**found, "cpu_ms_per_request": round((_cpu_s(running) - before) * 1000 / served, 3)}


def _load(running: Service) -> dict[str, Any]:
    if wrk := shutil.which("wrk"):
        return _by_wrk(wrk, running)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_by_asyncio, (running.address, running.token, SECONDS))


def _cpu_s(running: Service) -> float:
    spent = psutil.Process(running.process_id).cpu_times()
    return float(spent.user + spent.system)


def _by_wrk(wrk: str, running: Service) -> dict[str, Any]:
    load = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS:.0f}", "--latency"]
    where = ["-H", f"Authorization: Bearer {running.token}", f"{running.address}{CACHED}"]
    said = subprocess.run([*load, *where], capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    half = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
    assert rate is not None
    assert half is not None
    in_ms = {"us": 0.001, "ms": 1.0, "s": 1000.0}[half.group(2)]
    return {
        "by": "wrk",
        "seconds": SECONDS,
        "requests_per_s": float(rate.group(1)),
        "p50_ms": float(half.group(1)) * in_ms,
    }


def _by_asyncio(address: str, token: str, seconds: float) -> dict[str, Any]:
    spent: list[float] = []
    began = time.perf_counter()
    asyncio.run(_all(address, token, began + seconds, spent))
    took_s = time.perf_counter() - began
    p50, p99 = round(median(spent), 2), round(quantiles(spent, n=100)[98], 2)
    rate = round(len(spent) / took_s)
    return {"by": "asyncio", "seconds": took_s, "requests_per_s": rate, "p50_ms": p50, "p99_ms": p99}


async def _all(address: str, token: str, ends: float, spent: list[float]) -> None:
    await asyncio.gather(*(_one(address, token, ends, spent) for _ in range(CONNECTIONS)))


async def _one(address: str, token: str, ends: float, spent: list[float]) -> None:
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    request = f"GET {CACHED} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    while (began := time.perf_counter()) < ends:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length is not None
        await reader.readexactly(int(length.group(1)))
        spent.append((time.perf_counter() - began) * 1000)
    writer.close()


if __name__ == "__main__":
    main()
