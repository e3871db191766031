"""The API on the test's own servers, with tokens, and a worker in a thread for what it enqueues."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import jwt
import pytest
import uvicorn
from celery import Celery
from celery.contrib.testing.worker import start_worker
from fastapi import FastAPI
from sqlalchemy import NullPool, create_engine, text

import tasks
from celeriac.ledger.models import Base
from sandbox.databases import database
from sandbox.postgres import PostgresServer
from web.api import access, create_app
from web.api.freshness import shelf
from worker.configuration import configuration

from .stock import stock

TABLES = "SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'"
SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256"
ISSUER = "https://issuer.example"
EVERYTHING = "performance:read performance:optimize performance:approve"


def token(scope: str = EVERYTHING, *, key=SECRET, algorithm: str = "HS256", headers=None, **claims) -> str:
    """Sign a token of subject ann for a minute; a claim that is None is left out."""
    now = time.time()
    whole = {"sub": "ann", "iss": ISSUER, "aud": "celeriac", "exp": now + 60, "scope": scope} | claims
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers=headers)


def bearer(scope: str = EVERYTHING, **given) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(scope, **given)}"}


@pytest.fixture(scope="session")
def web_database(postgres_server: PostgresServer, ledger_template: str) -> Iterator[str]:
    """One database for all tests of the surfaces: making one costs more than most of them."""
    with database(postgres_server, f"{ledger_template}_web", template=ledger_template) as url:
        yield url


@pytest.fixture
def ledger_url(web_database: str) -> str:
    """URL of that database, its ledger and the rest of it empty."""
    engine = create_engine(web_database, poolclass=NullPool)
    with engine.begin() as connection:
        for drop in connection.scalars(text(TABLES)).all():
            connection.execute(text(drop))
        connection.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return web_database


@pytest.fixture
def api_settings(configured, configure):
    """The API's settings over the configured servers; patience is short."""
    return configure(api__secret=SECRET, api__issuer=ISSUER, api__fresh_for="0s", redis__retries="0")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application by the real server, in a thread, and yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The API; making it costs more than most tests."""
    return create_app()


@pytest.fixture
def address(api_settings, application: FastAPI) -> Iterator[str]:
    """Where the API listens."""
    access._reads.__init__()
    shelf.clear()
    with serving(application) as where:
        yield where


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A client of somebody who may do everything."""
    with httpx.Client(base_url=address, headers=bearer(), timeout=30) as made:
        yield made


@pytest.fixture
def anonymous(address: str) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=address, timeout=30) as made:
        yield made


@pytest.fixture
def stocked(client) -> httpx.Client:
    """The same client, with a ledger that holds something."""
    stock()
    return client


@pytest.fixture
def worker(api_settings) -> Iterator[Celery]:
    """A worker in a thread of this process."""
    made = Celery("worker", set_as_current=True)
    made.conf.update(configuration(api_settings))
    made.conf.imports = tasks.MODULES
    made.loader.import_default_modules()
    with start_worker(made, perform_ping_check=False, pool="solo", shutdown_timeout=20, queues=["celeriac"]):
        yield made
