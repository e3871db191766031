"""Flower with our pages, in this process and on a loop of its own, against the test's own servers."""

import asyncio
import base64
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from celery import Celery
from flower import urls
from flower.app import Flower
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.options import options

from web.flower.mount import mount

PASSWORD = "hush-hush-42"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: Any
    text: str


@dataclass
class Browser:
    """Enough of a browser: an address, a sign-in, and the cookies it was given."""

    address: str
    user: str | None = f"celeriac:{PASSWORD}"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self._ask(urllib.request.Request(self.address + path), headers)

    def post(
        self, path: str, form: dict[str, str] | None = None, *, token: str | None = "ours", **headers: str
    ) -> Answer:
        """Send a form, with the token that a page would have put into it."""
        given = dict(form or {})
        if token is not None:
            given["_xsrf"] = self.token() if token == "ours" else token
        body = urllib.parse.urlencode(given).encode()
        return self._ask(urllib.request.Request(self.address + path, body, method="POST"), headers)

    def token(self) -> str:
        """Return the token of a page's form."""
        found = re.search(r'name="_xsrf" value="([^"]+)"', self.get("/optimizer").text)
        assert found
        return found[1]

    def _ask(self, request: urllib.request.Request, headers: dict[str, str]) -> Answer:
        if self.user is not None:
            request.add_header("Authorization", "Basic " + base64.b64encode(self.user.encode()).decode())
        if self.cookies:
            request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
                return self._read(answer)
        except urllib.error.HTTPError as error:
            with error:
                return self._read(error)

    def _read(self, answer: Any) -> Answer:
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, answer.headers, answer.read().decode())


Open = Callable[..., Browser]


@pytest.fixture
def open_flower(configured) -> Iterator[Open]:
    """Start Flower with options such as `read_only=True`, and return a browser that is signed in."""
    stops: list[Callable[[], None]] = []

    def start(**given: Any) -> Browser:
        for name, value in {
            "basic_auth": [f"celeriac:{PASSWORD}"],
            "read_only": False,
            "url_prefix": "",
            **given,
        }.items():
            setattr(options, name, value)
        mount(urls.handlers, urls.settings)
        port, stop = _serve()
        stops.append(stop)
        return Browser(f"http://127.0.0.1:{port}")

    yield start
    for stop in stops:
        stop()
    for name, value in (("basic_auth", []), ("read_only", False), ("url_prefix", "")):
        setattr(options, name, value)


@pytest.fixture
def browser(open_flower: Open) -> Browser:
    """A browser at a Flower with a password."""
    return open_flower()


def _serve() -> tuple[int, Callable[[], None]]:
    started: list[Any] = []
    ready = threading.Event()

    def run() -> None:
        async def main() -> None:
            celery = Celery("pages", broker="memory://", set_as_current=False)
            application = Flower(capp=celery, options=options, io_loop=IOLoop.current(), **urls.settings)
            server = HTTPServer(application)
            sockets = bind_sockets(0, "127.0.0.1")
            server.add_sockets(sockets)
            done = asyncio.Event()
            started.extend((sockets[0].getsockname()[1], asyncio.get_running_loop(), done))
            ready.set()
            await done.wait()
            server.stop()
            await server.close_all_connections()
            application.executor.shutdown(wait=True)

        asyncio.run(main())

    thread = threading.Thread(target=run, name="flower", daemon=True)
    thread.start()
    assert ready.wait(20)
    port, loop, done = started

    def stop() -> None:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)

    return port, stop
