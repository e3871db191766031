"""The machine that this worker runs on, and the worker's own process.

https://psutil.readthedocs.io/ (counters since boot, so that a sampler needs no memory between rounds)
"""

import socket
from collections.abc import Iterator

import psutil

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

CPU = Metric("celeriac_host_cpu_seconds_total", "counter", "seconds", "Time of all cores by mode.", ("host", "mode"))
CORES = Metric("celeriac_host_cpu_cores", "gauge", "1", "Logical cores.", ("host",))
LOAD = Metric("celeriac_host_load", "gauge", "1", "Load average over so many minutes.", ("host", "minutes"))
MEMORY = Metric("celeriac_host_memory_bytes", "gauge", "bytes", "Memory in all and available.", ("host", "kind"))
SWAP = Metric("celeriac_host_swap_used_bytes", "gauge", "bytes", "Swap in use.", ("host",))
DISK = Metric("celeriac_host_disk_bytes", "gauge", "bytes", "The root file system in all and free.", ("host", "kind"))
DISK_IO = Metric(
    "celeriac_host_disk_io_bytes_total", "counter", "bytes", "Bytes moved by all disks.", ("host", "direction")
)
NETWORK = Metric(
    "celeriac_host_network_bytes_total", "counter", "bytes", "Bytes moved by all interfaces.", ("host", "direction")
)
RESIDENT = Metric("celeriac_worker_resident_bytes", "gauge", "bytes", "Memory of the process that sampled.", ("host",))
METRICS = (CPU, CORES, LOAD, MEMORY, SWAP, DISK, DISK_IO, NETWORK, RESIDENT)

_MODES = ("user", "system", "idle", "iowait", "steal")


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read what the operating system counts; what it does not count is left out."""
    host = socket.gethostname()
    times = psutil.cpu_times()
    for mode in _MODES:
        yield CPU.of(getattr(times, mode, None), host=host, mode=mode)
    yield CORES.of(psutil.cpu_count(), host=host)
    for minutes, load in zip((1, 5, 15), psutil.getloadavg(), strict=True):
        yield LOAD.of(load, host=host, minutes=minutes)
    memory = psutil.virtual_memory()
    yield MEMORY.of(memory.total, host=host, kind="total")
    yield MEMORY.of(memory.available, host=host, kind="available")
    yield SWAP.of(psutil.swap_memory().used, host=host)
    yield RESIDENT.of(psutil.Process().memory_info().rss, host=host)
    yield from _devices(host)


def _devices(host: str) -> Iterator[Sample]:
    disk = psutil.disk_usage("/")
    yield DISK.of(disk.total, host=host, kind="total")
    yield DISK.of(disk.free, host=host, kind="free")
    moved = psutil.disk_io_counters()  # None in a container without block devices
    yield DISK_IO.of(moved.read_bytes if moved else None, host=host, direction="read")
    yield DISK_IO.of(moved.write_bytes if moved else None, host=host, direction="written")
    network = psutil.net_io_counters()
    yield NETWORK.of(network.bytes_recv if network else None, host=host, direction="received")
    yield NETWORK.of(network.bytes_sent if network else None, host=host, direction="sent")
