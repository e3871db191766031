"""Indexes: what is proposed, what is under way, the ledger, and one change from its reason to its verdict."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Final

from web import actions
from web.documents import changes, statements
from web.documents.changes import ChangeDocument
from web.documents.overview import IN_WORK
from web.documents.statements import StatementUnknown
from web.flower.handler import Button, Content, Page
from web.flower.history import marks_of, of_change, texts
from web.flower.pages.actions import STARTED
from web.flower.plots import Plot
from web.flower.progress import builds

STATES: Final = ("kept", "dropped", "reverted", "restored", "rejected", "expired", "failed", "lost")
"""What the ledger can be narrowed to; the others stand above it."""
TITLES: Final = {"build": "New index on", "drop": "Drop an index of", "rebuild": "Rebuild an index of"}
_PAGE: Final = 50
_DECISIONS: Final = 20
_PLOTTED: Final = 2
"""Statements of a change whose course is drawn."""
_LONGEST_HOURS: Final = 24 * 31

DONE: Final = {
    "approve": "Approved. It is built as soon as every guard lets it pass.",
    "reject": "Rejected. It is not proposed again until its table or its statements have changed.",
    "revert": "It is being undone. Its definition goes into quarantine.",
}


class IndexesPage(Page):
    """Recommendations to decide on, changes under way, and the ledger by pages."""

    tab: ClassVar[str] = "optimizer-indexes"

    def read(self, target: str, *_: str) -> Content:
        """Read three pages of changes; only the first of the ledger is kept live."""
        before = self.number("before")
        state = self.choice("state", STATES)
        under_way = changes.page(target, state=IN_WORK, limit=_PAGE).items if before is None else ()
        given = {
            "waiting": changes.page(target, state="proposed", limit=_DECISIONS) if before is None else None,
            "under_way": under_way,
            "builds": builds(target) if any(one.state == "building" for one in under_way) else (),
            "ledger": changes.page(target, state=state or STATES, before=before, limit=_PAGE),
            "states": STATES,
            "state": state,
            "before": before,
            "titles": TITLES,
        }
        every_s = 0 if before else 2 if given["builds"] else 5
        said = STARTED.get(self.done, "")
        return Content("Indexes", "optimizer/indexes.html", given, every_s=every_s, message=said)


class ChangePage(Page):
    """One change: its reason, its steps, what was promised and what was measured."""

    tab: ClassVar[str] = "optimizer-indexes"

    def read(self, target: str, *arguments: str) -> Content:
        """Read the change and the course of the statements that decide on it."""
        document = changes.one(target, int(arguments[0]))
        state = document.change.state
        given = {
            "document": document,
            "change": document.change,
            "builds": builds(target) if state == "building" else (),
            "plots": _plots(target, document),
            "comparisons": _telling(document),
            "texts": texts(target, _fingerprints(document)),
            "titles": TITLES,
        }
        done = DONE.get(self.done, "")
        every_s = 1 if state in ("approved", "baselined", "building", "reverting", "dropping", "restoring") else 5
        return Content(f"Change {document.change.id}", "optimizer/change.html", given, every_s=every_s, message=done)


class DecisionButton(Button):
    """Approve or reject one proposal."""

    tab: ClassVar[str] = "optimizer-indexes"

    def act(self, target: str, *arguments: str) -> str:
        """Decide in the name of whoever is signed in."""
        change_id, decision = int(arguments[0]), arguments[1]
        if decision == "approve":
            actions.approve(target, change_id, actor=self.actor)
        else:
            actions.reject(target, change_id, actor=self.actor, reason=self.reason("not wanted"))
        return self.link("optimizer-change", change_id, done=decision)


class UndoPage(Page, Button):
    """Undo one change, after a page that says what that does."""

    tab: ClassVar[str] = "optimizer-indexes"

    def read(self, target: str, *arguments: str) -> Content:
        """Read what would be undone."""
        document = changes.one(target, int(arguments[0]))
        given = {"document": document, "change": document.change}
        return Content(f"Undo change {document.change.id}", "optimizer/undo.html", given, every_s=0)

    def act(self, target: str, *arguments: str) -> str:
        """Undo it in the name of whoever is signed in."""
        change_id = int(arguments[0])
        actions.revert(target, change_id, actor=self.actor, reason=self.reason("undone in Flower"))
        return self.link("optimizer-change", change_id, done="revert")


def _plots(target: str, document: ChangeDocument) -> tuple[Plot, ...]:
    hours = _hours(document)
    found: list[Plot] = []
    for fingerprint in _fingerprints(document)[:_PLOTTED]:
        try:
            statement = statements.one(target, fingerprint, hours=hours)
        except StatementUnknown:  # it was pruned since
            continue
        found += of_change(statement, marks_of(document))
    return tuple(found)


def _hours(document: ChangeDocument) -> int:
    """Reach as far back as the change is old and half again, in the finest steps that this allows."""
    age = datetime.now(UTC) - document.change.created_at
    return min(_LONGEST_HOURS, 1 + ceil(1.5 * age / timedelta(hours=1)))


def _telling(document: ChangeDocument) -> list[dict[str, Any]]:
    """Return what was judged, first what shows best what the change did."""
    return sorted(
        document.comparisons,
        key=lambda one: (one.get("finding") not in ("better", "worse"), -_moved(one)),
    )


def _fingerprints(document: ChangeDocument) -> list[str]:
    """Return the statements that a change is about: judged ones, then those that it was promised to."""
    judged = (one["fingerprint"] for one in _telling(document))
    return list(dict.fromkeys([*judged, *document.promised.get("fingerprints", ())]))


def _moved(comparison: dict[str, Any]) -> float:
    before, after, calls = (
        float(comparison.get(name) or 0.0) for name in ("mean_ms_before", "mean_ms_after", "calls_after")
    )
    return abs(before - after) * calls
