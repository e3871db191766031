"""Our scripts, styles and the plot library: shipped with us, addressed by what is in them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from tornado.web import StaticFileHandler

FOLDER: Final = Path(__file__).parent / "static"


class StaticFiles(StaticFileHandler):
    """Serve the folder's files; whoever names the right version may keep them for ever."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002 - Tornado passes it
        """Let nobody guess at types."""
        self.set_header("X-Content-Type-Options", "nosniff")


def address(url: str, path: str) -> str:
    """Return the URL of a file with its version."""
    return f"{url}?v={_version(path)}"


@cache
def _version(path: str) -> str:
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:16]
