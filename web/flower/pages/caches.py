"""Caches: hit rates over time, by namespace and function, warm runs, and what would be worth caching."""

from itertools import pairwise
from typing import ClassVar

from web.documents import caches
from web.documents.caches import CacheDocument
from web.flower.handler import Content, Page
from web.flower.pages.actions import STARTED
from web.flower.plots import Line, Plot, plot


class CachesPage(Page):
    """How the caches of a target do."""

    tab: ClassVar[str] = "optimizer-caches"

    def read(self, target: str, *_: str) -> Content:
        """Read the one document it shows."""
        document = caches.caches(target)
        given = {
            "document": document,
            "plots": hit_rates(document),
            "running": [one for one in self.running() if ".warm" in one.name],
        }
        every_s = 2 if given["running"] else 10
        said = STARTED.get(self.done, "")
        return Content("Caches", "optimizer/caches.html", given, every_s=every_s, message=said)


def hit_rates(document: CacheDocument) -> tuple[Plot, ...]:
    """Plot the hit rate of the server and of each namespace, each over its own time."""
    drawn = []
    for name, points in document.hit_rates.items():
        at = [point.at for point in points]
        steps = sorted(later - sooner for sooner, later in pairwise(at))
        step_s = steps[len(steps) // 2].total_seconds() if steps else 60.0
        title = "Redis as a whole" if name == "redis" else f"Namespace {name}"
        values = tuple(round(point.hit_ratio * 100, 1) for point in points)
        drawn.append(plot(title, at, [Line("Hit rate", "%", values)], step_s=step_s, sync="caches"))
    return tuple(one for one in drawn if one is not None)
