"""The buttons that stand on more than one page or on none of the others: the kill switch, and what no queue took."""

from typing import ClassVar, Final

from web import actions
from web.flower.handler import Button


class PauseButton(Button):
    """Stop every change on a target, or allow them again."""

    def act(self, target: str, *arguments: str) -> str:
        """Pause or resume in the name of whoever is signed in."""
        decide = actions.pause if arguments[0] == "pause" else actions.resume
        decide(target, actor=self.actor, reason=self.reason("asked for in Flower"))
        return self.link("optimizer", done=arguments[0])


class MessageButton(Button):
    """Send a message that no queue took again, or throw it away."""

    tab: ClassVar[str] = "optimizer-schedule"

    def act(self, target: str, *arguments: str) -> str:  # noqa: ARG002 - a message lies on the broker, not on a target
        """Take it out of quarantine in the name of whoever is signed in."""
        message_id, decision = arguments
        decide = actions.requeue if decision == "requeue" else actions.discard
        decide(message_id, actor=self.actor)
        return self.link("optimizer-schedule", done=decision)


RUNS: Final = {
    "cache.analyze": "optimizer-caches",
    "cache.advise": "optimizer-caches",
    "cache.warm": "optimizer-caches",
    "indexes.recommend": "optimizer-indexes",
    "maintenance.propose": "optimizer-maintenance",
    "health.check": "optimizer-health",
}
"""What a page can ask for at once, and the page that then shows it; each only looks, or fills a cache."""


class RunButton(Button):
    """Start a task that otherwise waits for its turn in the schedule, or for a caller."""

    def act(self, target: str, *arguments: str) -> str:
        """Send it in the name of whoever is signed in; the same work is begun once."""
        started = actions.start(f"celeriac.{arguments[0]}", target, actor=self.actor)
        return self.link(RUNS[arguments[0]], done="already" if started.already else "started")


STARTED: Final = {
    "started": "It was sent to a worker; what it finds appears here.",
    "already": "It is under way already.",
}

DONE: Final = {
    "pause": "Paused: nothing is changed until it is resumed.",
    "resume": "Resumed.",
    "requeue": "The message is back in the general queue.",
    "discard": "The message is gone.",
}
