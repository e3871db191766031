"""More than one database: each page is of one of them, and stays so."""

import re

import pytest
from sqlalchemy import text

from config.database import ledger
from tests.integration.web.stock import stock


@pytest.fixture
def two(open_flower, configure, ledger_url):
    configure(targets__main__url=ledger_url, targets__other__url=ledger_url)
    stock(3)
    with ledger("other") as state:
        state.execute(text("UPDATE celeriac.change SET target = 'other' WHERE state = 'proposed'"))
    return open_flower()


def test_each_page_offers_the_others_and_its_links_stay_where_they_are(two):
    shown = two.get("/optimizer/indexes?target=other").text
    assert 'href="/optimizer/indexes?target=main"' in shown
    assert 'href="/optimizer/indexes?target=other" aria-current="true"' in re.sub(r"\s+", " ", shown)
    assert 'href="/optimizer/statements?target=other"' in shown
    assert set(re.findall(r'action="([^"?]+)[^"]*target=other"', shown))


def test_what_is_decided_is_decided_there(two):
    with ledger("other") as state:
        change = state.execute(text("SELECT id FROM celeriac.change WHERE target = 'other'")).scalar_one()
    assert two.post(f"/optimizer/indexes/{change}/approve").status == 404  # it is not main's
    answer = two.post(f"/optimizer/indexes/{change}/approve?target=other")
    assert answer.headers["Location"] == f"/optimizer/indexes/{change}?done=approve&target=other"


def test_one_database_needs_no_switch(browser):
    assert "opt-targets" not in browser.get("/optimizer").text
