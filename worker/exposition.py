"""Prometheus's scrapes, answered by a thread of the worker's parent process: what it tells is in the ledgers, so that
every process would tell the same, and no pool process needs to be asked.

https://prometheus.github.io/client_python/exporting/http/
"""

import logging
from collections.abc import Mapping
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server

from celeriac.metrics.exposition import AtScrape
from celeriac.metrics.history import Latest
from config.settings import settings
from tasks import exposition
from worker import quiet

logger = logging.getLogger(__name__)


def serve() -> WSGIServer | None:
    """Listen on `monitoring.port` in a general worker; a port that is taken is said, and the worker goes on."""
    chosen = settings().monitoring
    if not chosen.port or settings().role != "worker":
        return None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(AtScrape(_read))
    try:
        server, _ = start_http_server(chosen.port, chosen.address, registry)
    except OSError as error:  # another worker of this machine is scraped instead, and tells the same
        logger.warning("no /metrics on port %d: %s", chosen.port, error.strerror)
        return None
    return server


def _read() -> Mapping[str, tuple[Latest, ...]]:
    with quiet.busy():
        return exposition.read()
