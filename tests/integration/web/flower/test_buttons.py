"""What people do through the pages reaches the ledger with their name in it."""

import pytest
from sqlalchemy import text

from config.database import ledger
from config.redis import broker_client
from tests.integration.web.stock import stock


def audit(change_id: int | None = None) -> list[tuple[str, str, str]]:
    with ledger() as state:
        rows = state.execute(
            text(
                "SELECT to_state, actor, reason FROM celeriac.audit_event"
                " WHERE change_id IS NOT DISTINCT FROM :id ORDER BY id"
            ),
            {"id": change_id},
        )
        return [tuple(row) for row in rows]


def change_in(state: str) -> int:
    stock(3)
    with ledger() as connection:
        return connection.execute(
            text("SELECT id FROM celeriac.change WHERE state = :state"), {"state": state}
        ).scalar_one()


def test_approving_leads_to_the_change_and_says_who_did_it(browser):
    change = change_in("proposed")
    answer = browser.post(f"/optimizer/indexes/{change}/approve")
    assert (answer.status, answer.headers["Location"]) == (303, f"/optimizer/indexes/{change}?done=approve")
    assert audit(change) == [("approved", "flower: celeriac", "approved by flower: celeriac")]
    assert "Approved. It is built" in browser.get(answer.headers["Location"]).text


def test_rejecting_keeps_the_reason(browser):
    change = change_in("proposed")
    browser.post(f"/optimizer/indexes/{change}/reject", {"reason": "  the table \n goes away "})
    assert audit(change) == [("rejected", "flower: celeriac", "the table goes away")]


def test_what_was_decided_already_is_said_and_not_repeated(browser):
    change = change_in("proposed")
    browser.post(f"/optimizer/indexes/{change}/reject")
    answer = browser.post(f"/optimizer/indexes/{change}/approve")
    assert answer.status == 409
    assert "cannot approve" in answer.text
    assert len(audit(change)) == 1


def test_undoing_asks_first_and_says_what_it_runs(browser):
    change = change_in("kept")
    page = browser.get(f"/optimizer/indexes/{change}/undo").text
    assert f"DROP INDEX CONCURRENTLY i{change}" in page
    assert audit(change) == []
    answer = browser.post(f"/optimizer/indexes/{change}/undo", {"reason": "too large"})
    assert answer.headers["Location"].endswith("?done=revert")
    assert audit(change) == [("reverting", "flower: celeriac", "flower: celeriac: too large")]


def test_a_change_that_cannot_be_undone_offers_nothing(browser):
    change = change_in("reverted")
    page = browser.get(f"/optimizer/indexes/{change}/undo").text
    assert "There is nothing to undo" in page
    assert "<form" not in page


def test_the_kill_switch_is_on_the_first_page(browser):
    browser.post("/optimizer/pause")
    assert "Paused: nothing is changed" in browser.get("/optimizer").text
    browser.post("/optimizer/resume")
    assert "All is well" in browser.get("/optimizer").text
    assert [step[:2] for step in audit()] == [("paused", "flower: celeriac"), ("resumed", "flower: celeriac")]


def test_an_alert_is_silenced_by_its_very_name_and_heard_again(browser):
    with ledger() as state:
        state.execute(
            text(
                "INSERT INTO celeriac.alert (target, rule, subject, severity, sentence, value, state, since, last_seen)"
                " VALUES ('main', 'slow', 'a[1]*', 'warning', 'It is slow.', 1, 'firing', now(), now())"
            )
        )
    browser.post("/optimizer/silences", {"rule": "slow", "subject": "a[1]*", "hours": "4"})
    shown = browser.get("/optimizer/health?done=silence").text
    assert "· silenced" in shown
    assert "Silenced: nobody is told" in shown
    with ledger() as state:
        silence = state.execute(text("SELECT id FROM celeriac.silence")).scalar_one()
    browser.post(f"/optimizer/alerts/{silence}/lift")
    assert "· silenced" not in browser.get("/optimizer/health").text


def test_a_silence_needs_a_rule_and_an_end_that_is_offered(browser):
    assert browser.post("/optimizer/silences", {"hours": "4"}).status == 400
    assert browser.post("/optimizer/silences", {"rule": "r", "subject": "s", "hours": "9999"}).status == 400
    assert browser.post("/optimizer/alerts/7/lift").status == 404


@pytest.mark.parametrize(("task", "page"), [("cache.analyze", "caches"), ("indexes.recommend", "indexes")])
def test_work_that_waits_for_its_turn_is_asked_for_at_once(browser, task, page):
    answer = browser.post(f"/optimizer/run/{task}")
    assert answer.headers["Location"] == f"/optimizer/{page}?done=started"
    waiting = sum(broker_client().llen(key) for key in broker_client().scan_iter(match="celeriac*") if is_list(key))
    assert waiting == 1
    again = browser.post(f"/optimizer/run/{task}")
    assert again.headers["Location"] == f"/optimizer/{page}?done=already"


def test_only_what_looks_or_fills_a_cache_can_be_run(browser):
    assert browser.post("/optimizer/run/indexes.build").status == 404
    assert browser.post("/optimizer/run/cacheXanalyze").status == 404


def is_list(key: str) -> bool:
    return broker_client().type(key) == "list"
