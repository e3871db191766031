"""Schedule and queues: what runs when, what is late or skipped and why, and what waits at which priority."""

from typing import ClassVar

from web.documents import queues, schedule
from web.documents.queues import BrokerSilent
from web.flower.handler import Content, Page
from web.flower.pages.actions import DONE


class SchedulePage(Page):
    """The schedule of a target and the queues of all."""

    tab: ClassVar[str] = "optimizer-schedule"

    def read(self, target: str, *_: str) -> Content:
        """Read both, each by itself, so that one that is away leaves the other."""
        try:
            waiting, away = queues.queues(), ""
        except BrokerSilent as silent:
            waiting, away = None, str(silent)
        given = {
            "lines": schedule.schedule(target),
            "queues": waiting,
            "away": away,
            "running": self.running(),
            "oldest_s": queues.oldest_s,
            "age_s": queues.age_s,
        }
        return Content("Schedule and queues", "optimizer/schedule.html", given, message=DONE.get(self.done, ""))
