"""Maintenance: what tables need that autovacuum does not give them, a person's word on it, and what came of it."""

from typing import ClassVar, Final

from web import actions
from web.documents import maintenance
from web.documents.maintenance import Forbidden, RunDocument
from web.documents.source import ResultsAway
from web.flower import words
from web.flower.handler import Button, Content, Page
from web.flower.pages.actions import STARTED

TITLES: Final = {"analyze": "Analyze", "vacuum": "Vacuum", "settings": "Autovacuum settings of"}
STATES: Final = ("done", "failed", "rejected", "expired", "reverted")
"""What the list can be narrowed to; the others stand above it."""
_UNDER_WAY: Final = ("approved", "running")
_DECISIONS: Final = 20
_PAGE: Final = 50

DONE: Final = {
    "approve": "Approved. It is run as soon as every guard lets it pass.",
    "reject": "Rejected. The table is left alone for a while.",
    "revert": "The undo was sent to a worker.",
}


class MaintenancePage(Page):
    """Proposals to decide on, runs under way, and what came of the others by pages."""

    tab: ClassVar[str] = "optimizer-maintenance"

    def read(self, target: str, *_: str) -> Content:
        """Read the runs; only the first page is kept live."""
        before = self.number("before")
        state = self.choice("state", STATES)
        first = before is None
        under_way = maintenance.page(target, state=_UNDER_WAY, limit=_PAGE).items if first else ()
        given = {
            "waiting": maintenance.page(target, state=("proposed",), limit=_DECISIONS) if first else None,
            "under_way": under_way,
            "running": [one for one in self.running() if one.name == "celeriac.maintenance.run"] if first else (),
            "past": maintenance.page(target, state=(state,) if state else STATES, before=before, limit=_PAGE),
            "forbidden": _forbidden(target) if first else (),
            "states": STATES,
            "state": state,
            "before": before,
            "titles": TITLES,
        }
        every_s = 0 if before else 2 if under_way else 10
        said = STARTED.get(self.done, "")
        return Content("Maintenance", "optimizer/maintenance.html", given, every_s=every_s, message=said)


class RunPage(Page):
    """One run: why the table needs it, its steps, and the table's figures before and after."""

    tab: ClassVar[str] = "optimizer-maintenance"

    def read(self, target: str, *arguments: str) -> Content:
        """Read the run with every step."""
        document = maintenance.one(target, int(arguments[0]))
        given = {"document": document, "run": document.run, "figures": figures(document), "titles": TITLES}
        every_s = 2 if document.run.state in _UNDER_WAY or self.done == "revert" else 10
        said = DONE.get(self.done, "")
        return Content(
            f"Maintenance run {document.run.id}", "optimizer/upkeep.html", given, every_s=every_s, message=said
        )


class RunDecisionButton(Button):
    """Approve or reject one proposal."""

    tab: ClassVar[str] = "optimizer-maintenance"

    def act(self, target: str, *arguments: str) -> str:
        """Decide in the name of whoever is signed in."""
        run_id, decision = int(arguments[0]), arguments[1]
        if decision == "approve":
            actions.maintenance.approve(target, run_id, actor=self.actor)
        else:
            actions.maintenance.reject(target, run_id, actor=self.actor, reason=self.reason("not wanted"))
        return self.link("optimizer-upkeep", run_id, done=decision)


class RunUndoPage(Page, Button):
    """Give a table its settings back, after a page that says what that does."""

    tab: ClassVar[str] = "optimizer-maintenance"

    def read(self, target: str, *arguments: str) -> Content:
        """Read what would be undone."""
        document = maintenance.one(target, int(arguments[0]))
        given = {"document": document, "run": document.run, "titles": TITLES}
        return Content(f"Undo maintenance run {document.run.id}", "optimizer/upkeep_undo.html", given, every_s=0)

    def act(self, target: str, *arguments: str) -> str:
        """Undo it in the name of whoever is signed in."""
        run_id = int(arguments[0])
        actions.maintenance.revert(target, run_id, actor=self.actor, reason=self.reason("undone in Flower"))
        return self.link("optimizer-upkeep", run_id, done="revert")


FIGURES: Final = {
    "rows": "Rows",
    "estimated_rows": "Rows that the planner believes in",
    "dead": "Dead rows",
    "changed": "Changed since it was analyzed",
    "inserted": "Inserted since it was vacuumed",
    "visible_ratio": "Pages that are all-visible",
}


def figures(document: RunDocument) -> tuple[tuple[str, str, str], ...]:
    """Return what is known of the table as (what, before, after), in words."""
    return tuple(
        (label, _written(name, document.before.get(name)), _written(name, document.after.get(name)))
        for name, label in FIGURES.items()
        if name in document.before
    )


def _written(name: str, value: float | None) -> str:
    return words.share(value) if name.endswith("_ratio") else words.count(value)


def _forbidden(target: str) -> tuple[Forbidden, ...]:
    try:
        return maintenance.forbidden(target)
    except ResultsAway:  # the runs stand in the ledger: they are shown all the same
        return ()
