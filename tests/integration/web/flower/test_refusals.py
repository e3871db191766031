"""Who and what is refused, and that what a page shows is text and never markup."""

import time

import pytest
from sqlalchemy import text

from config.database import ledger
from tests.integration.web.stock import stock
from web.flower import reading

NASTY = "<script>alert(1)</script>\"><img src=x onerror=alert(2)> '"
PAGES = (
    "",
    "/indexes",
    "/indexes/1",
    "/indexes/1/undo",
    "/statements",
    "/statements/f1",
    "/caches",
    "/health",
    "/schedule",
)


def state_of(change_id: int) -> str:
    with ledger() as state:
        return state.execute(text("SELECT state FROM celeriac.change WHERE id = :id"), {"id": change_id}).scalar_one()


def proposed() -> int:
    stock(1)
    with ledger() as state:
        state.execute(text("UPDATE celeriac.change SET state = 'proposed'"))
        return state.execute(text("SELECT id FROM celeriac.change")).scalar_one()


@pytest.mark.parametrize("user", [None, "celeriac:wrong", "stranger:hush-hush-42"])
def test_nobody_sees_or_does_anything_without_the_password(browser, user):
    change, token = proposed(), browser.token()
    browser.user = user
    for page in PAGES:
        assert browser.get(f"/optimizer{page}").status == 401
        assert browser.get(f"/optimizer{page}", Accept="application/json").status == 401
    assert browser.post(f"/optimizer/indexes/{change}/approve", token=token).status == 401
    assert state_of(change) == "proposed"


@pytest.mark.parametrize("token", [None, "", "2|deadbeef|0123|1700000000"])
def test_nothing_is_done_without_the_page_s_token(browser, token):
    change = proposed()
    browser.get("/optimizer")
    assert browser.post(f"/optimizer/indexes/{change}/approve", token=token).status == 403
    assert state_of(change) == "proposed"


@pytest.mark.parametrize(
    "headers",
    [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
)
def test_nothing_is_done_for_another_site(browser, headers):
    change = proposed()
    assert browser.post(f"/optimizer/indexes/{change}/approve", **headers).status == 403
    assert state_of(change) == "proposed"


@pytest.mark.parametrize(
    "path",
    [
        "/indexes/1/approve", "/indexes/1/reject", "/indexes/1/undo", "/pause", "/resume", "/run/health.check",
        "/silences", "/alerts/1/lift", "/messages/x/discard",
    ],
)  # fmt: skip
def test_read_only_does_nothing_and_shows_no_button(open_flower, path):
    browser = open_flower(read_only=True)
    change = proposed()
    assert "<button" not in browser.get("/optimizer/indexes").text.partition("opt-content")[2]
    token = "none"
    answer = browser.post(f"/optimizer{path}", token=token)
    assert answer.status == 403
    browser.get("/optimizer")
    assert state_of(change) == "proposed"


def test_read_only_refuses_even_who_has_a_token(open_flower):
    change = proposed()
    token_page = open_flower()
    token, cookies = token_page.token(), token_page.cookies
    browser = open_flower(read_only=True)
    browser.cookies = cookies
    answer = browser.post(f"/optimizer/indexes/{change}/approve", token=token)
    assert answer.status == 403
    assert "--read_only" in answer.text
    assert state_of(change) == "proposed"


def test_the_token_s_cookie_goes_to_no_request_of_another_site(browser):
    cookies = browser.get("/optimizer").headers.get_all("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["_xsrf"]
    assert "SameSite=Strict" in cookies[0]


def test_a_page_may_load_and_run_nothing_but_its_own_files(browser):
    stock(3)
    for page in PAGES:
        answer = browser.get(f"/optimizer{page}")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "<style" not in answer.text
        assert " style=" not in answer.text
        assert "<script>" not in answer.text


def test_everything_that_is_shown_is_text(browser):
    stock(3)
    with ledger() as state:
        state.execute(text("UPDATE celeriac.statement SET text = :nasty, role = :nasty"), {"nasty": NASTY})
        state.execute(
            text(
                "UPDATE celeriac.change SET ddl = :nasty, reason = :nasty, index_name = :nasty, table_name = :nasty,"
                " last_error = :nasty, undo_ddl = :nasty, origin = :nasty,"
                " promised = promised || jsonb_build_object('sureness', CAST(:nasty AS text)),"
                " evidence = evidence || jsonb_build_object('reason', CAST(:nasty AS text))"
            ),
            {"nasty": NASTY},
        )
        state.execute(
            text(
                "INSERT INTO celeriac.audit_event (change_id, target, to_state, actor, reason)"
                " VALUES (1, 'main', 'proposed', :nasty, :nasty)"
            ),
            {"nasty": NASTY},
        )
        state.execute(
            text(
                "INSERT INTO celeriac.alert (target, rule, subject, severity, sentence, value, state, since, last_seen)"
                " VALUES ('main', :nasty, :nasty, 'warning', :nasty, 1, 'firing', now(), now())"
            ),
            {"nasty": NASTY},
        )
    for page in PAGES:
        shown = browser.get(f"/optimizer{page}").text
        assert "<script>alert" not in shown
        assert "<img" not in shown.replace('<img src="/static/favicon', "")
        # An attribute that ends early would let what follows be markup.
        assert '"><img' not in shown


def test_what_an_address_says_is_text_too(browser):
    shown = browser.get("/optimizer/indexes?state=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in shown


def test_a_database_that_is_away_is_said_within_seconds(open_flower, configure):
    configure(targets__main__url="postgresql://127.0.0.1:1/nowhere", redis__results_url="redis://127.0.0.1:1/0")
    browser = open_flower()
    began = time.monotonic()
    answer = browser.get("/optimizer/indexes")
    assert time.monotonic() - began < 12
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "cannot be reached" in answer.text
    live = browser.get("/optimizer/indexes", Accept="application/json")
    assert (live.status, '"every_s": 5' in live.text) == (503, True)


def test_a_database_that_hangs_costs_a_page_its_patience_and_flower_nothing(browser, monkeypatch):
    monkeypatch.setattr(reading, "WAIT_S", 0.5)
    stock(3)
    with ledger() as state:
        state.execute(text("LOCK TABLE celeriac.change IN ACCESS EXCLUSIVE MODE"))
        answer = browser.get("/optimizer/indexes")
        assert answer.status == 503
        assert "has not answered within 0.5 seconds" in answer.text
        assert browser.get("/healthcheck").status == 200
    monkeypatch.setattr(reading, "WAIT_S", 10.0)
    assert browser.get("/optimizer/indexes").status == 200
