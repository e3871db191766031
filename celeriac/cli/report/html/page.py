"""The page around the sections, with a policy that lets a browser load nothing and run nothing."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from celeriac.cli.report.document import Report
from celeriac.cli.report.html.attention import alerts, findings, header, steps, tiles
from celeriac.cli.report.html.course import caches, changes, course, figures, slower, statements
from celeriac.cli.report.html.markup import tag, write

SECTIONS: Final = (header, tiles, steps, figures, course, slower, changes, statements, findings, alerts, caches)
"""In the order of the page."""
_FOOT: Final = (
    "Times are UTC. Commands read the database's address from DATABASE_URL, or take it as their last argument; "
    "add --state-url where the ledger is in another database."
)


def page(report: Report) -> str:
    """Write a report as one HTML document."""
    parts = [part for section in SECTIONS if (part := section(report)) is not None]
    document = tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            _policy(),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", f"Celeriac report: {report.target}, {report.produced_at:%Y-%m-%d}"),
            tag("style", _style()),
        ),
        tag("body", tag("main", *parts, tag("footer", tag("p", _FOOT)))),
        lang="en",
    )
    return f"<!doctype html>\n{write(document)}\n"


def _policy() -> ET.Element:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    policy = tag(
        "meta", content=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    policy.set("http-equiv", "Content-Security-Policy")
    return policy


@cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8").strip()
