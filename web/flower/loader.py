"""Templates: ours where we have one, else Flower's, with one link more in its navigation.

Flower's navigation bar has no block to extend. Where its markup is not what we know, it is left as it is: a page
without our link is better than no page.
"""

import logging
import re
from pathlib import Path
from typing import Final

from tornado.template import BaseLoader, Template

logger = logging.getLogger(__name__)

OURS: Final = Path(__file__).parent / "templates"
_NAVIGATION: Final = "navbar.html"
_FIRST_LIST: Final = re.compile(r'(<ul class="[^"]*\bnavbar-nav\b[^"]*">(?:(?!<ul\b).)*?)(</ul>)', re.DOTALL)
_LINK: Final = """<li class="nav-item">
          <a class="nav-link{% if active_tab == 'optimizer' %} active{% end %}" href="{{ reverse_url('optimizer') }}"
            {% if active_tab == 'optimizer' %}aria-current="page"{% end %}>Optimizer</a>
        </li>
      """


class Loader(BaseLoader):
    """Load templates by their full names; names that begin with `optimizer/` are ours."""

    def __init__(self, flower: str) -> None:
        super().__init__()
        self._flower = Path(flower)

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:  # noqa: ARG002 - Tornado passes it
        """Return the name: none of our templates nor Flower's is relative."""
        return name

    def _create_template(self, name: str) -> Template:
        ours = OURS / name
        source = (ours if ours.is_file() else self._flower / name).read_text()
        return Template(with_link(source) if name == _NAVIGATION else source, name=name, loader=self)


def with_link(navigation: str) -> str:
    """Return Flower's navigation with a link to the Optimizer behind the first list's links, if that list is known."""
    linked, found = _FIRST_LIST.subn(lambda match: match[1] + _LINK + match[2], navigation, count=1)
    if not found or "active_tab" not in navigation:
        logger.warning("Flower's navigation is not as known: the Optimizer has no link there, and is at /optimizer")
        return navigation
    return linked
