"""Statements: what the time goes to, and one statement's course, changes, regressions and plans."""

from datetime import datetime
from typing import ClassVar, Final, get_args

from web.documents import plans, statements
from web.documents.statements import Order, StatementDocument
from web.flower.handler import Content, Page
from web.flower.history import marks, of_statement
from web.flower.plans import tree

ORDERS: Final = {
    "total_ms": "Total time",
    "mean_ms": "Mean time",
    "calls": "Calls",
    "blocks": "Blocks",
    "io_ms": "I/O time",
    "rows": "Rows",
}
HOURS: Final = {"1": "1 hour", "24": "24 hours", "168": "7 days", "720": "30 days", "2160": "90 days", "8760": "1 year"}
"""Windows are kept for a week; the hours that they are folded into, for a year."""
PLAN_WITHIN_S: Final = 6.0
"""A person waits for it; the hourly run takes its time."""


class StatementsPage(Page):
    """The statements that head an order."""

    tab: ClassVar[str] = "optimizer-statements"

    def read(self, target: str, *_: str) -> Content:
        """Read the list over the hours that were asked for."""
        order = _order(self.choice("order", [*ORDERS]))
        hours = self.choice("hours", [*HOURS]) or "24"
        after = self.word("after")
        given = {
            "top": statements.top(target, order=order, hours=int(hours), after=after),
            "after": after,
            "orders": ORDERS,
            "order": order,
            "spans": HOURS,
            "hours": hours,
        }
        # A day of windows is summed for it: what watches must not be what weighs. A further page stays as it stood.
        every_s = 0 if after else 15 if hours == "1" else 60
        return Content("Statements", "optimizer/statements.html", given, every_s=every_s)


class StatementPage(Page):
    """One statement over time."""

    tab: ClassVar[str] = "optimizer-statements"

    def read(self, target: str, *arguments: str) -> Content:
        """Read its history and mark what was changed meanwhile."""
        hours = self.choice("hours", [*HOURS]) or "168"
        document = statements.one(target, arguments[0], hours=int(hours))
        given = {
            "document": document,
            "last_ran": last_ran(document),
            "plots": of_statement(document, marks(target, document)),
            "spans": HOURS,
            "hours": hours,
        }
        return Content("Statement", "optimizer/statement.html", given, every_s=15)


class PlansPage(Page):
    """A statement's plan as it is, and as it would be with the indexes that help it alone."""

    tab: ClassVar[str] = "optimizer-statements"

    def read(self, target: str, *arguments: str) -> Content:
        """Ask the planner; nothing is executed."""
        found = plans.plans(target, arguments[0], within_s=PLAN_WITHIN_S)
        trees = () if found.reason else (tree(found.before), tree(found.after))
        given = {"plans": found, "trees": trees}
        return Content("Plans", "optimizer/plans.html", given, every_s=0)


def last_ran(document: StatementDocument) -> datetime:
    """Return when a statement ran last; it is noted when it is first met, its windows know better."""
    return max([document.last_seen, *(point.at for point in document.history[-1:])])


def _order(word: str) -> Order:
    known: dict[str, Order] = {one: one for one in get_args(Order)}
    return known.get(word, "total_ms")
