"""A real browser on the real application; skipped where there is no Chromium."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.stack import USER, Stack, stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def live() -> Iterator[Stack]:
    """The application with its traffic; it ends with the module: no other test pays for it or shares its loop."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    with stack() as made:
        yield made


@pytest.fixture(scope="module")
def chromium(live: Stack) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(live: Stack, chromium: Browser) -> Iterator[BrowserContext]:
    """A signed-in browser on a desktop."""
    made = sign_in(live, chromium)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script may fail and nothing may be refused."""
    with_complaints = watched(context)
    yield with_complaints[0]
    assert with_complaints[1] == []


def sign_in(live: Stack, chromium: Browser, *, dark: bool = False, phone: bool = False) -> BrowserContext:
    """Open a browser that is signed in."""
    return chromium.new_context(
        base_url=live.address,
        http_credentials={"username": USER, "password": live.scene.flower_password},
        color_scheme="dark" if dark else "light",
        viewport=PHONE if phone else DESKTOP,
    )


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """Open a tab, and return it with the list that its complaints go into."""
    page, complaints = context.new_page(), list[str]()

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    return page, complaints
