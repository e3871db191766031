"""Overview: is all well, what needs a decision, what was saved, how busy it is, what last ran."""

from typing import ClassVar

from web.documents import overview
from web.documents.overview import Overview
from web.flower.handler import Content, Page
from web.flower.pages.actions import DONE
from web.flower.progress import builds


class OverviewPage(Page):
    """The first page: readable in five seconds."""

    tab: ClassVar[str] = "optimizer"

    def read(self, target: str, *_: str) -> Content:
        """Read the one document it shows, and how far builds are."""
        found = overview.overview(target)
        under_way = builds(target) if found.changes.get("building") else ()
        given = {
            "overview": found,
            "builds": under_way,
            "verdict": verdict(found),
            "running": self.running(),
        }
        every_s = 2 if under_way else 5
        return Content("Overview", "optimizer/overview.html", given, every_s=every_s, message=DONE.get(self.done, ""))


def verdict(found: Overview) -> tuple[str, str]:
    """Return the first sentence of the page and its tone.

    Stopped by a person is no trouble, but it is the first thing to know.
    """
    if not found.target.reachable:
        return "The database cannot be read", "opt-bad"
    if found.target.paused:
        return "Paused: nothing is changed until it is resumed", "opt-hold"
    if found.troubles:
        number = len(found.troubles)
        return ("One thing needs attention" if number == 1 else f"{number} things need attention"), "opt-bad"
    if found.decisions_waiting + found.maintenance_waiting:
        return "All is well; a decision is wanted", "opt-good"
    return "All is well", "opt-good"
