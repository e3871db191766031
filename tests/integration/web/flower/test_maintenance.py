"""Maintenance in Flower: what waits, what came of it, and a person's word with a name in the audit."""

import json
import re

import pytest

from config.redis import broker_client
from tasks import results
from tests.integration.web.stock import maintained, was_set
from web.documents import maintenance

PAGE = "/optimizer/maintenance"


def only(state: str) -> int:
    return maintenance.page("main", state=(state,)).items[0].id


def test_proposals_are_shown_with_their_reason_and_the_past_by_pages(browser):
    maintained(300)
    first = browser.get(PAGE).text
    assert "it has 297 dead rows" in first
    assert "400 of 400 dead rows are gone" in first
    cursor = re.search(r"before=(\d+)", first)
    assert cursor
    second = browser.get(f"{PAGE}?before={cursor[1]}").text
    assert "To decide" not in second
    shown = [int(number) for number in re.findall(r'data-key="past-(\d+)"', second)]
    assert shown
    assert max(shown) < int(cursor[1])


def test_the_past_is_narrowed_to_one_state(browser):
    maintained(30)
    shown = browser.get(f"{PAGE}?state=done").text.partition('id="past"')[2]
    assert set(re.findall(r'<span class="opt-badge [^"]*">(\w+)</span>', shown)) == {"done"}
    assert browser.get(f"{PAGE}?state=burning").status == 400


def test_a_run_shows_the_table_before_and_after(browser):
    maintained(3)
    shown = browser.get(f"{PAGE}/{only('done')}").text
    assert "Pages that are all-visible" in shown
    assert ">25 %<" in shown
    assert ">100 %<" in shown
    assert "Undo" not in shown


@pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_deciding_leads_to_the_run_and_says_who_did_it(browser, decision, state):
    maintained(3)
    run = only("proposed")
    answer = browser.post(f"{PAGE}/{run}/{decision}", {"reason": " a staging \n table "})
    assert (answer.status, answer.headers["Location"]) == (303, f"{PAGE}/{run}?done={decision}")
    step = maintenance.one("main", run).steps[-1]
    assert (step.to_state, step.actor) == (state, "flower: celeriac")
    assert decision == "approve" or step.reason == "a staging table"
    assert 'role="status">Approved.' in browser.get(answer.headers["Location"]).text or decision == "reject"
    assert browser.post(f"{PAGE}/{run}/approve").status == 409


def test_undoing_asks_first_and_says_what_it_runs(browser):
    run = was_set()
    page = browser.get(f"{PAGE}/{run}/undo").text
    assert "ALTER TABLE public.jobs RESET (autovacuum_vacuum_scale_factor)" in page
    assert broker_client().llen("celeriac.ddl\x06\x165") == 0
    answer = browser.post(f"{PAGE}/{run}/undo", {"reason": "too eager"})
    assert answer.headers["Location"].endswith("?done=revert")
    (message,) = broker_client().lrange("celeriac.ddl\x06\x165", 0, -1)
    assert json.loads(message)["headers"]["task"] == "celeriac.maintenance.revert"
    assert "The undo was sent to a worker." in browser.get(answer.headers["Location"]).text


def test_what_was_vacuumed_offers_nothing_to_undo(browser):
    maintained(3)
    page = browser.get(f"{PAGE}/{only('done')}/undo").text
    assert "There is nothing to undo: what was analyzed or vacuumed stays so." in page
    assert "<form" not in page
    assert browser.post(f"{PAGE}/{only('done')}/undo").status == 409


def test_who_only_looks_sees_no_button(open_flower):
    maintained(3)
    browser = open_flower(read_only=True)
    assert "<form" not in browser.get(PAGE).text
    assert browser.post(f"{PAGE}/{only('proposed')}/approve", token=None).status == 403


def test_what_our_role_may_not_do_is_told(browser):
    results.publish(
        "maintenance", "main", {"runs": [], "skipped": [{"kind": "vacuum", "table": "public.t", "reason": "Not ours."}]}
    )
    shown = browser.get(PAGE).text
    assert "Needed, and not ours to do" in shown
    assert "Not ours." in shown


def test_the_first_page_counts_what_waits_here(browser):
    maintained(30)
    shown = browser.get("/optimizer").text
    assert "All is well; a decision is wanted" in shown
    assert ">10<" in shown
    assert re.search(r'10 of them on <a href="/optimizer/maintenance">maintenance</a>', shown)
