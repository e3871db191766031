"""Write the pictures of the pages into docs/img (`make screenshots`): the running application, never a drawing."""

import re
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, sign_in
from tests.browser.stack import Stack, eventually, stack

FOLDER = Path(__file__).parents[2] / "docs" / "img"
SCALE = 0.5
"""A million rows: a build takes long enough to be looked at."""
SETTLE_MS = 800
BEFORE_MS = 120_000
AFTER_MS = 90_000
APPROVED = 2
STATISTICS_MS = 2_000
"""A session's counters reach the statistics within it."""
NEGLECTED = (
    "ALTER TABLE public.search_index SET (autovacuum_enabled = false)",
    "ALTER TABLE public.crawl_sessions SET (autovacuum_enabled = false)",
    "UPDATE public.search_index SET title = title",
    "UPDATE public.crawl_sessions SET id = id",
)
"""What a table comes to that autovacuum is kept from: dead rows, and statistics of former ones."""
UNDECIDED = """
    SELECT id FROM celeriac.change
    WHERE state IN ('approved', 'baselined', 'building', 'settling', 'verifying', 'reverting')
"""
BEGUN = "SELECT id FROM celeriac.change WHERE state IN ('approved', 'baselined', 'building')"
KEPT = "SELECT id FROM celeriac.change WHERE state = 'kept' ORDER BY (evidence ->> 'saved_ms_per_hour')::float8 DESC"
TELLING = """
    SELECT one ->> 'fingerprint'
    FROM celeriac.change, jsonb_array_elements(evidence -> 'statements') AS one
    WHERE state = 'kept' AND one ->> 'finding' = 'better'
    ORDER BY (one ->> 'mean_ms_before')::float8 - (one ->> 'mean_ms_after')::float8 DESC
"""


def main() -> None:
    """Let the application advise, approve what it proposes, and look at what came of it."""
    with stack(durable=True, scale=SCALE) as live, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _work(live, chromium)
        change, statement = live.rows(KEPT)[0][0], live.rows(TELLING)[0][0]
        wanted = {
            "flower-overview": ("", {}),
            "flower-overview-dark": ("", {"dark": True}),
            "flower-indexes": ("/indexes", {}),
            "flower-indexes-phone": ("/indexes", {"phone": True}),
            "flower-change": (f"/indexes/{change}", {}),
            "flower-statement-dark": (f"/statements/{statement}?hours=1", {"dark": True}),
            "flower-statements-phone-dark": ("/statements?hours=1", {"dark": True, "phone": True}),
            "flower-maintenance": ("/maintenance", {}),
            "flower-caches": ("/caches", {}),
            "flower-health": ("/health", {}),
            "flower-schedule": ("/schedule", {}),
        }
        for name, (path, look) in wanted.items():
            context = sign_in(live, chromium, **look)
            page = context.new_page()
            page.goto(f"/optimizer{path}")
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()
        chromium.close()


def _work(live: Stack, chromium: Browser) -> None:
    """Have some minutes of history, changes that were judged and proposals left to decide on."""
    eventually(lambda: len(live.rows("SELECT id FROM celeriac.change WHERE state = 'proposed'")) >= 4, 180)
    page = sign_in(live, chromium).new_page()
    _press(page, "/caches", "Look now")
    _press(page, "/caches", "Advise now")
    page.wait_for_timeout(BEFORE_MS)
    for _ in range(APPROVED):
        _press(page, "/indexes", re.compile("Approve"))
        _watch(live, page)
        eventually(lambda: not live.rows(UNDECIDED), 150)
    for statement in NEGLECTED:
        live.rows(statement)
    page.wait_for_timeout(STATISTICS_MS)
    _press(page, "/maintenance", "Look now")
    eventually(lambda: live.rows("SELECT id FROM celeriac.maintenance_run WHERE state = 'proposed'"), 60)
    _press(page, "/maintenance", re.compile("Approve"))
    page.wait_for_timeout(AFTER_MS)
    page.context.close()


def _watch(live: Stack, page: Page) -> None:
    """Keep a picture of the page while an index is being built, the bar on its way."""
    page.wait_for_url(re.compile(r"/indexes/\d+\?done=approve"))
    bar, ends = page.locator(".opt-progress progress"), time.monotonic() + 60
    while live.rows(BEGUN) and time.monotonic() < ends:
        page.reload()
        if bar.count() and 0 < float(bar.first.get_attribute("value") or 0) < 100:
            page.screenshot(path=FOLDER / "flower-building.png")
            return


def _press(page: Page, path: str, name: str | re.Pattern[str]) -> None:
    page.goto(f"/optimizer{path}")
    page.get_by_role("button", name=name).first.click()


if __name__ == "__main__":
    main()
