"""What an address and a form say, read strictly: Flower's own reading escapes values, which then escape twice."""

from collections.abc import Sequence
from typing import Final

from flower.views import BaseHandler
from tornado.web import RequestHandler

from config.settings import settings
from web.flower.refusals import ArgumentWrong

LONGEST_REASON: Final = 300
LONGEST_TEXT: Final = 500
LONGEST_NUMBER: Final = 19
"""Digits: more do not fit an id."""


class Arguments(BaseHandler):  # type: ignore[misc]
    """A handler that knows what it was asked."""

    @property
    def target(self) -> str:
        """The target that is asked for, by default the first; raises TargetUnknown."""
        settings().target(self.named)
        return self.named

    @property
    def named(self) -> str:
        """The target's name as it was given, by default the first's."""
        return RequestHandler.get_argument(self, "target", "") or next(iter(settings().targets))

    def number(self, name: str) -> int | None:
        """Return a positive number of the address, None where it is not given; raises ArgumentWrong."""
        value = RequestHandler.get_argument(self, name, "")
        if value and not (value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER):
            raise ArgumentWrong(name=name, value=value[:40])
        return int(value) if value else None

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Return one of the words that are allowed, empty where none is given; raises ArgumentWrong."""
        value = RequestHandler.get_argument(self, name, "")
        if value and value not in allowed:
            raise ArgumentWrong(name=name, value=value[:40])
        return value

    def word(self, name: str) -> str | None:
        """Return a word of the address as it is, None where it is not given: whoever reads it judges it."""
        return RequestHandler.get_argument(self, name, "") or None

    def text(self, name: str) -> str:
        """Return what a form says; raises ArgumentWrong where it says nothing."""
        value = RequestHandler.get_body_argument(self, name, "")
        if not value or len(value) > LONGEST_TEXT:
            raise ArgumentWrong(name=name, value=value[:40])
        return value

    @property
    def done(self) -> str:
        """What a button led here from."""
        return RequestHandler.get_argument(self, "done", "")

    def reason(self, otherwise: str) -> str:
        """Return why somebody wants what he asks for."""
        return " ".join(RequestHandler.get_body_argument(self, "reason", "").split())[:LONGEST_REASON] or otherwise
