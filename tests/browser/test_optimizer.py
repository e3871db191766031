"""The Optimizer as operators use it: every page, by mouse, by keyboard and on a phone, live while the work goes on."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in, watched
from tests.browser.stack import eventually

pytestmark = pytest.mark.slow

PAGES = {
    "": "Overview",
    "/indexes": "Indexes",
    "/maintenance": "Maintenance",
    "/statements": "Statements",
    "/caches": "Caches",
    "/health": "Health and alerts",
    "/schedule": "Schedule and queues",
}
MARKUP = '<img src=x onerror=alert(1)>"'


@pytest.fixture(scope="module", autouse=True)
def _advised(live):
    eventually(lambda: live.rows("SELECT id FROM celeriac.change WHERE state = 'proposed'"))


@pytest.mark.parametrize(("path", "title"), [*PAGES.items()])
def test_each_page_opens_with_real_data_and_no_fault(page, path, title):
    page.goto(f"/optimizer{path}")
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("#opt-live-text")).to_have_text("Live")
    assert faults(page) == []


@pytest.mark.parametrize("path", [*PAGES])
def test_each_page_fits_a_phone_in_the_dark(live, chromium, path):
    context = sign_in(live, chromium, dark=True, phone=True)
    page, complaints = watched(context)
    page.goto(f"/optimizer{path}")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shown = page.locator(".opt-tabs [aria-current]").bounding_box()
    assert shown is not None
    assert 0 <= shown["x"] <= 390 - shown["width"]
    assert faults(page) == []
    assert complaints == []
    context.close()


def test_an_approved_index_is_watched_until_it_is_kept_and_then_undone(page):
    page.goto("/optimizer/indexes")
    page.get_by_role("button", name=re.compile("Approve")).first.click()
    page.wait_for_url(re.compile(r"/indexes/\d+\?done=approve"))
    page.evaluate("window.sameDocument = true")
    state = page.locator("#state")
    expect(state).to_have_text("kept", timeout=60_000)
    assert page.evaluate("window.sameDocument") is True  # never reloaded
    expect(page.get_by_text("Verdict: it saves")).to_be_visible()
    expect(page.locator(".opt-canvas canvas").first).to_be_visible()
    steps = page.locator(".opt-timeline .opt-badge").all_inner_texts()
    assert steps == ["proposed", "approved", "baselined", "building", "settling", "verifying", "kept"]
    assert faults(page) == []

    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_text("DROP INDEX CONCURRENTLY")).to_be_visible()
    page.get_by_label("Why").fill("only a test")
    page.get_by_role("button", name="Undo it").click()
    expect(page.locator("#state")).to_have_text("reverted", timeout=60_000)
    expect(page.get_by_text("flower: celeriac: only a test", exact=True)).to_be_visible()


def test_a_statement_shows_its_course_and_its_plans(page):
    page.goto("/optimizer/statements?hours=1")
    page.locator("tbody th a").first.click()
    expect(page.locator(".opt-canvas canvas")).to_have_count(4)
    assert faults(page) == []
    page.get_by_role("link", name="Plans before and after").click()
    expect(page.get_by_role("heading", name="As it is")).to_be_visible()
    assert page.locator(".opt-tree li").count() >= 2


def test_a_statement_that_holds_markup_is_shown_as_text(live, page):
    name = MARKUP.replace('"', '""')
    for _ in range(3):
        live.rows(f'SELECT count(*) AS "{name}" FROM public.users')
    fingerprint = eventually(
        lambda: live.rows("SELECT fingerprint FROM celeriac.statement WHERE text LIKE %s", "%onerror%")
    )[0][0]
    page.goto(f"/optimizer/statements/{fingerprint}")
    expect(page.locator("#query")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#query img").count() == 0
    page.wait_for_timeout(300)  # a dialog would be a complaint


def test_what_changes_changes_and_what_stays_is_the_same_element(page):
    page.goto("/optimizer/schedule")
    row = page.locator("tr[data-key=statements_capture]")
    row.evaluate("row => { row.mine = true }")
    before = row.locator("time").first.get_attribute("datetime")
    eventually(lambda: row.locator("time").first.get_attribute("datetime") != before, 30)
    assert row.evaluate("row => row.mine") is True


def test_what_is_being_typed_stays(page):
    page.goto("/optimizer/indexes")
    page.locator("article h3 a").first.click()
    reason = page.get_by_label("Why not")
    reason.fill("not before")
    reason.evaluate("field => { field.mine = true }")
    page.wait_for_timeout(6_500)  # longer than the page waits between two looks
    expect(reason).to_have_value("not before")
    assert reason.evaluate("field => field.mine && field === document.activeElement") is True


def test_a_lost_connection_is_said_and_found_again(live, chromium):
    context = sign_in(live, chromium)
    page, _ = watched(context)  # a failed request is a complaint, and meant
    page.goto("/optimizer/statements?hours=1")
    page.goto("/optimizer")
    page.route("**/optimizer", lambda route: route.abort())
    expect(page.locator("#opt-live-text")).to_have_text("Not live: no answer, asking again", timeout=20_000)
    expect(page.locator("#verdict")).to_be_visible()  # what was shown stays
    page.unroute("**/optimizer")
    expect(page.locator("#opt-live-text")).to_have_text("Live", timeout=30_000)
    context.close()


def test_everything_is_reached_and_done_by_keyboard(page):
    page.goto("/optimizer/indexes")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to main content"
    reached = []
    while "Reject" not in reached and len(reached) < 40:
        page.keyboard.press("Tab")
        reached.append(focused(page))
    assert {"Optimizer", "Overview", "Statements", "Advise now", "Approve", "Reject"} <= set(reached)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("done=reject"))
    expect(page.locator("#state")).to_have_text("rejected")


def test_the_theme_that_is_chosen_in_flower_holds_here_and_plots_follow_it(page):
    page.goto("/optimizer/statements?hours=1")
    page.locator("tbody th a").first.click()
    canvas = page.locator(".opt-canvas canvas").first
    expect(canvas).to_be_visible()
    light = canvas.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Select theme").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    eventually(lambda: canvas.evaluate("canvas => canvas.toDataURL()") != light, 10)


def test_a_cure_is_copied_with_one_press(context, page):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/optimizer/indexes")
    page.locator("article h3 a").first.click()
    page.wait_for_url(re.compile(r"/indexes/\d+$"))
    expect(page.locator("#opt-live-text")).to_be_visible()  # its script has run
    page.get_by_role("button", name="Copy the statement").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("CREATE INDEX CONCURRENTLY")


def test_a_wrong_password_opens_nothing(live, chromium):
    context = chromium.new_context(
        base_url=live.address, http_credentials={"username": "celeriac", "password": "wrong"}
    )
    answer = context.new_page().goto("/optimizer")
    assert answer is not None
    assert answer.status == 401
    context.close()


def test_another_site_cannot_press_our_buttons(live, context):
    page = context.new_page()
    page.goto("/optimizer")
    waiting = live.rows("SELECT count(*) FROM celeriac.change WHERE state = 'proposed'")
    page.goto("data:text/html,<p>elsewhere</p>")
    page.evaluate(
        """address => {
            const form = document.createElement("form");
            form.method = "post";
            form.action = address + "/optimizer/pause";
            document.body.append(form);
            form.submit();
        }""",
        live.address,
    )
    page.wait_for_url("**/optimizer/pause")
    assert "forbidden" in page.content().lower()
    assert live.rows("SELECT count(*) FROM celeriac.control WHERE paused") == [(0,)]
    assert live.rows("SELECT count(*) FROM celeriac.change WHERE state = 'proposed'") >= waiting


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))
