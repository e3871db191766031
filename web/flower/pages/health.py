"""Health and alerts: what should be mended, the worst first, with the cure to copy; and what shall be quiet."""

from datetime import timedelta
from glob import escape
from typing import ClassVar, Final

from web import actions
from web.documents import alerts, findings, regressions
from web.flower.handler import Button, Content, Page
from web.flower.pages.actions import STARTED

QUIET: Final = {"1": "1 hour", "4": "4 hours", "24": "1 day", "168": "7 days"}
"""Hours that a silence may last here."""
DONE: Final = {
    "silence": "Silenced: nobody is told until the silence ends.",
    "lift": "The silence is lifted.",
    "acknowledge": "Acknowledged: nobody further is told of this alert.",
}


class HealthPage(Page):
    """Alerts, findings and regressions of a target."""

    tab: ClassVar[str] = "optimizer-health"

    def read(self, target: str, *_: str) -> Content:
        """Read the three lists."""
        given = {
            "alerts": alerts.page(target),
            "found": findings.page(target),
            "regressions": regressions.page(target),
            "quiet": QUIET,
        }
        return Content(
            "Health and alerts", "optimizer/health.html", given, message={**DONE, **STARTED}.get(self.done, "")
        )


class SilenceButton(Button):
    """Let nobody be told of one rule's alerts on one subject for a while."""

    tab: ClassVar[str] = "optimizer-health"

    def act(self, target: str, *_: str) -> str:
        """Silence in the name of whoever is signed in."""
        hours = self.choice("hours", [*QUIET]) or "1"
        actions.silence(
            target,
            actor=self.actor,
            lasts=timedelta(hours=int(hours)),
            reason=self.reason("silenced in Flower"),
            rule=escape(self.text("rule")),
            subject=escape(self.text("subject")),
        )
        return self.link("optimizer-health", done="silence")


class LiftButton(Button):
    """End a silence, or say that somebody is at an alert."""

    tab: ClassVar[str] = "optimizer-health"

    def act(self, target: str, *arguments: str) -> str:
        """Do it in the name of whoever is signed in."""
        number, decision = int(arguments[0]), arguments[1]
        decide = actions.lift if decision == "lift" else actions.acknowledge
        decide(target, number, actor=self.actor)
        return self.link("optimizer-health", done=decision)
