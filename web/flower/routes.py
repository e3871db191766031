"""Where the pages are; Flower puts its `--url_prefix` before each, and the names give their addresses back."""

import re

from tornado.routing import URLSpec
from tornado.web import url

from web.flower.pages.actions import RUNS, MessageButton, PauseButton, RunButton
from web.flower.pages.caches import CachesPage
from web.flower.pages.health import HealthPage, LiftButton, SilenceButton
from web.flower.pages.indexes import ChangePage, DecisionButton, IndexesPage, UndoPage
from web.flower.pages.maintenance import MaintenancePage, RunDecisionButton, RunPage, RunUndoPage
from web.flower.pages.overview import OverviewPage
from web.flower.pages.schedule import SchedulePage
from web.flower.pages.statements import PlansPage, StatementPage, StatementsPage
from web.flower.static_files import FOLDER, StaticFiles

ID = r"([0-9]{1,18})"


def routes() -> list[URLSpec]:
    """Return the routes of pages, buttons and files."""
    return [
        url(r"/optimizer", OverviewPage, name="optimizer"),
        url(r"/optimizer/", OverviewPage),
        url(rf"/optimizer/run/({'|'.join(map(re.escape, RUNS))})", RunButton, name="optimizer-run"),
        url(r"/optimizer/(pause|resume)", PauseButton, name="optimizer-pause"),
        url(r"/optimizer/indexes", IndexesPage, name="optimizer-indexes"),
        url(rf"/optimizer/indexes/{ID}", ChangePage, name="optimizer-change"),
        url(rf"/optimizer/indexes/{ID}/(approve|reject)", DecisionButton, name="optimizer-decide"),
        url(rf"/optimizer/indexes/{ID}/undo", UndoPage, name="optimizer-undo"),
        url(r"/optimizer/maintenance", MaintenancePage, name="optimizer-maintenance"),
        url(rf"/optimizer/maintenance/{ID}", RunPage, name="optimizer-upkeep"),
        url(rf"/optimizer/maintenance/{ID}/(approve|reject)", RunDecisionButton, name="optimizer-upkeep-decide"),
        url(rf"/optimizer/maintenance/{ID}/undo", RunUndoPage, name="optimizer-upkeep-undo"),
        url(r"/optimizer/statements", StatementsPage, name="optimizer-statements"),
        url(r"/optimizer/statements/([0-9a-z-]{1,80})", StatementPage, name="optimizer-statement"),
        url(r"/optimizer/statements/([0-9a-z-]{1,80})/plans", PlansPage, name="optimizer-plans"),
        url(r"/optimizer/caches", CachesPage, name="optimizer-caches"),
        url(r"/optimizer/health", HealthPage, name="optimizer-health"),
        url(r"/optimizer/silences", SilenceButton, name="optimizer-silence"),
        url(rf"/optimizer/alerts/{ID}/(lift|acknowledge)", LiftButton, name="optimizer-lift"),
        url(r"/optimizer/schedule", SchedulePage, name="optimizer-schedule"),
        url(r"/optimizer/messages/([0-9A-Za-z_.-]{1,200})/(requeue|discard)", MessageButton, name="optimizer-message"),
        url(r"/optimizer/static/(.*)", StaticFiles, {"path": str(FOLDER)}, name="optimizer-static"),
    ]
