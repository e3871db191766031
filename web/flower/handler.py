"""What every page and every button does: Flower's own authentication, our headers, reads off the loop.

A page is rendered once on the server. The same address asked for JSON gives its content alone, which the script in the
page puts in place of what has changed.
"""

import time
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, Final

from tornado.web import HTTPError, RequestHandler, authenticated

from celeriac.errors import CeleriacError
from config.settings import settings
from web.flower import words
from web.flower.arguments import Arguments
from web.flower.policy import HEADERS
from web.flower.progress import Running, running
from web.flower.reading import apart
from web.flower.refusals import status
from web.flower.sparkline import pair, sparkline
from web.flower.static_files import address
from web.flower.tones import tone

AGAIN_S: Final = 5
"""What is away is asked for again so much later."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a page shows: a template of ours and what it is given."""

    title: str
    template: str
    given: dict[str, Any]
    every_s: int = 5
    """How often it looks again; 0 for never."""
    message: str = ""
    """What was just done."""


class Handler(Arguments):
    """What pages and buttons share."""

    tab: ClassVar[str] = "optimizer"

    def set_default_headers(self) -> None:
        """Set our headers; whatever Flower would open to other origins stays closed here."""
        super().set_default_headers()
        for name in ("Origin", "Headers", "Methods"):
            self.clear_header(f"Access-Control-Allow-{name}")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def check_xsrf_cookie(self) -> None:
        """Ask for Flower's same origin and for the token too, which Flower asks for with OAuth alone."""
        super().check_xsrf_cookie()
        RequestHandler.check_xsrf_cookie(self)

    @property
    def actor(self) -> str:
        """Who asks, for the audit."""
        if isinstance(self.current_user, str):
            return f"flower: {self.current_user}"
        try:
            named = b64decode(self.request.headers.get("Authorization", "").partition(" ")[2]).decode()
        except (NotBase64, UnicodeDecodeError):
            named = ""
        return f"flower: {named.partition(':')[0] or 'unnamed'}"

    @property
    def may_act(self) -> bool:
        """Whether buttons are there: not with --read_only."""
        return not self.application.options.read_only

    def get_template_namespace(self) -> dict[str, Any]:
        """Add what our templates use."""
        given: dict[str, Any] = super().get_template_namespace()
        ours = {"words": words, "tone": tone, "sparkline": sparkline, "pair": pair}
        return {**given, **ours, "asset": self._asset, "link": self.link, "may_act": self.may_act}

    def link(self, name: str, *arguments: object, **query: object) -> str:
        """Return the address of a page, with the target where it is not the first."""
        if self.named != next(iter(settings().targets)):
            query["target"] = self.named
        return words.with_query(self.reverse_url(name, *arguments), query)

    def _asset(self, path: str) -> str:
        return address(self.reverse_url("optimizer-static", path), path)

    def refuse(self, error: CeleriacError) -> None:
        """Answer with an error's sentence."""
        self.set_status(status(error))
        away = self.get_status() == HTTPStatus.SERVICE_UNAVAILABLE
        if away:
            self.set_header("Retry-After", str(AGAIN_S))
        again_s = AGAIN_S if away and self.request.method == "GET" else 0
        self.show(Content("Not available", "optimizer/refused.html", {"sentence": str(error)}, every_s=again_s))

    def show(self, content: Content) -> None:
        """Answer with a page, or with its content where JSON is asked for."""
        inner = self.render_string(content.template, **content.given).decode()
        if self.request.headers.get("Accept", "").startswith("application/json"):
            self.finish({"title": content.title, "html": inner, "every_s": content.every_s})
            return
        self.render(
            "optimizer/page.html",
            content=content,
            inner=inner,
            tab=self.tab,
            targets=self._targets(),
        )

    def _targets(self) -> list[tuple[str, str, bool]]:
        """Return name, address and whether it is shown, of each target."""
        page = words.with_query(self.request.path, {})
        return [(name, words.with_query(page, {"target": name}), name == self.named) for name in settings().targets]


class Page(Handler):
    """A page: a subclass names its tab and reads its content, in a thread."""

    def running(self) -> tuple[Running, ...]:
        """Return the tasks of ours that Flower saw running, gathered on its own loop before the page is read."""
        return self._running

    def read(self, target: str, *arguments: str) -> Content:
        """Read what the page shows, off the loop; raises CeleriacError."""
        raise NotImplementedError

    @authenticated
    async def get(self, *arguments: str) -> None:
        """Show the page."""
        # Flower's events are its loop's: no thread may walk through them while they grow.
        self._running = running(list(self.application.events.state.tasks.values()), time.time())
        try:
            content = await apart(self.read, self.target, *arguments)
        except CeleriacError as error:
            self.refuse(error)
            return
        self.show(content)


class Button(Handler):
    """What a form does: a subclass acts, in a thread, and says where to go on."""

    def act(self, target: str, *arguments: str) -> str:
        """Act off the loop and return the address to go on to; raises CeleriacError."""
        raise NotImplementedError

    @authenticated
    async def post(self, *arguments: str) -> None:
        """Do it once, and lead on to a page, so that reloading repeats nothing."""
        if not self.may_act:
            raise HTTPError(HTTPStatus.FORBIDDEN, "Flower runs with --read_only: nothing can be changed here")
        try:
            onward = await apart(self.act, self.target, *arguments)
        except CeleriacError as error:
            self.refuse(error)
            return
        self.redirect(onward, status=HTTPStatus.SEE_OTHER)
