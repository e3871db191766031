"""What each page shows of a real ledger, and what it says where there is nothing to show."""

import json
import re
import time

import pytest
from sqlalchemy import text

from config.database import ledger
from tasks import outcomes, results
from tests.integration.web.stock import stock

PAGES = ("", "/indexes", "/maintenance", "/statements", "/caches", "/health", "/schedule")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_database_is_told_of_in_sentences(browser, page):
    answer = browser.get(f"/optimizer{page}")
    assert answer.status == 200
    sentences = re.findall(r'class="(?:opt-empty|opt-note)"', answer.text)
    assert sentences
    assert "None" not in re.sub(r"<[^>]+>", "", answer.text)


def test_the_overview_says_what_needs_a_decision_and_what_was_saved(browser):
    stock(30)
    shown = browser.get("/optimizer").text
    assert "All is well; a decision is wanted" in shown
    assert ">10<" in shown  # decisions
    assert "5 s" in shown  # ten kept changes save half a second an hour each


def test_troubles_come_before_everything(browser):
    results.publish("regressions", "main", {"regressions": []})
    with ledger() as state:
        state.execute(
            text(
                "INSERT INTO celeriac.alert (target, rule, subject, severity, sentence, value, state, since, last_seen)"
                " VALUES ('main', 'connections', '', 'critical', 'No connection is left.', 1, 'firing', now(), now())"
            )
        )
    shown = browser.get("/optimizer").text
    assert "One thing needs attention" in shown
    assert "No connection is left." in shown


def test_indexes_show_proposals_with_their_reason_and_the_ledger_by_pages(browser):
    stock(300)
    first = browser.get("/optimizer/indexes").text
    assert "it saves a scan" in first
    assert "verified by the planner" in first
    cursor = re.search(r"before=(\d+)", first)
    assert cursor
    second = browser.get(f"/optimizer/indexes?before={cursor[1]}").text
    assert "To decide" not in second
    shown = [int(number) for number in re.findall(r'data-key="ledger-(\d+)"', second)]
    assert shown
    assert max(shown) < int(cursor[1])


def test_the_ledger_is_narrowed_to_one_state(browser):
    stock(30)
    shown = browser.get("/optimizer/indexes?state=kept").text
    assert set(re.findall(r'<span class="opt-badge [^"]*">(\w+)</span>', shown)) == {"kept"}


def test_a_change_shows_its_verdict_with_both_sides_of_each_statement(browser):
    stock(3)
    change = judged()
    shown = browser.get(f"/optimizer/indexes/{change}").text
    assert "Verdict: it helps." in shown
    assert "10 ms → 2 ms" in shown
    assert "5 times less" in shown
    assert 'role="img" aria-label="10 ms before, 2 ms after"' in shown
    assert f"/optimizer/indexes/{change}/undo" in shown


def test_a_statement_is_plotted_with_its_change_on_the_time_axis(browser):
    stock(3, windows=6)
    change = judged()
    shown = browser.get("/optimizer/statements/f1?hours=1").text
    plots = [json.loads(found.replace("&quot;", '"')) for found in re.findall(r'data-plot="([^"]+)"', shown)]
    assert [plot["title"] for plot in plots] == ["Mean time", "Blocks a call", "Rows a call", "Calls"]
    assert all(plot["marks"][0]["label"] == f"change {change}" for plot in plots)
    assert all(len(line["values"]) == len(plot["x"]) for plot in plots for line in plot["series"])


def test_plans_of_what_cannot_be_planned_say_why(browser):
    stock(1)
    shown = browser.get("/optimizer/statements/f1/plans").text
    assert "It cannot be planned" in shown


def test_statements_go_on_below_the_first_page(browser):
    stock(1, statements=70)
    first = browser.get("/optimizer/statements?hours=1").text
    onward = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert onward
    second = browser.get(onward[1].replace("&amp;", "&")).text
    both = [re.findall(r'<tr data-key="(f\d+)"', page) for page in (first, second)]
    assert [len(one) for one in both] == [50, 20]
    assert not set(both[0]) & set(both[1])


@pytest.mark.hypopg
def test_plans_are_shown_before_and_after_as_trees(browser):
    with ledger() as state:
        state.execute(
            text("CREATE TABLE jobs AS SELECT n AS c1, repeat('x', 200) AS pad FROM generate_series(1, 20000) n")
        )
        state.execute(text("ANALYZE jobs"))
    stock(1)
    shown = browser.get("/optimizer/statements/f1/plans").text
    assert "As it is" in shown
    assert "Seq Scan on jobs" in shown
    assert "using the advised index" in shown


@pytest.mark.hypopg
def test_what_planning_for_a_page_adds_to_the_use_of_an_index_is_kept_apart(browser):
    with ledger() as state:
        state.execute(text("CREATE TABLE jobs (c1 int PRIMARY KEY, pad text)"))
        state.execute(text("INSERT INTO jobs SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n"))
        state.execute(text("ANALYZE jobs"))
    stock(1)
    with ledger() as state:  # for a merge join the planner looks up the ends of the index
        state.execute(text("UPDATE celeriac.statement SET text = 'SELECT * FROM jobs a JOIN jobs b ON a.c1 = b.c1'"))
    before = scans()
    assert "Join" in browser.get("/optimizer/statements/f1/plans").text
    settled = time.monotonic() + 15
    while (raised := scans() - before) == 0 and time.monotonic() < settled:
        time.sleep(0.1)
    with ledger() as state:
        kept = state.scalar(text("SELECT coalesce(sum(scans), 0) FROM celeriac.planning_use"))
    assert raised > 0
    assert kept == raised


def scans() -> int:
    with ledger() as state:
        return state.scalar(text("SELECT sum(idx_scan)::int FROM pg_stat_user_indexes WHERE relname = 'jobs'"))


def test_health_shows_the_cure_to_copy_and_what_could_not_be_looked_at(browser):
    from celeriac.health import store
    from celeriac.health.finding import Finding

    found = Finding("sequences", "critical", "public.s", "It runs out.", {"used": 0.99}, "ALTER SEQUENCE s AS bigint;")
    with ledger() as state:
        store.record(state, "main", (found,))
    results.publish(
        "health",
        "main",
        {
            "findings": [
                {
                    "check": "long_queries",
                    "severity": "skipped",
                    "sentence": "Not looked at: no right.",
                    "cure": "GRANT r TO u;",
                }
            ]
        },
    )
    shown = browser.get("/optimizer/health").text
    assert "ALTER SEQUENCE s AS bigint;" in shown
    assert "Copy the cure" in shown
    assert "<strong>Long queries</strong><p>No right.</p>" in shown
    assert "GRANT r TO u;" in shown


def test_caches_show_namespaces_advice_and_warm_runs(browser):
    results.publish(
        "cache_analysis",
        "main",
        {
            "server": {"version": "7.0", "keys": 3, "used_memory_bytes": 2048, "eviction_policy": "allkeys-lfu"},
            "namespaces": {"users": {"hit_ratio": 0.9, "hits": 9, "misses": 1, "saved_ms": 12.0}},
            "findings": [
                {"check": "memory", "severity": "warning", "sentence": "It has no limit.", "cure": "CONFIG SET"}
            ],
        },
    )
    write = {
        "statement": "UPDATE users SET role = $1",
        "changes_per_hour": 2,
        "call": "cache.invalidate(tags=['users'])",
    }
    advised = {
        "fingerprint": "f9", "name": "users_by_id", "statement": "SELECT 9", "reason": "It is read more than written.",
        "saved_ms_per_hour": 7_200, "ttl_s": 300, "hit_ratio": 0.97, "memory_bytes": 4096, "notes": ["A note."],
        "code": "@cached(ttl=300)", "invalidations": [write],
    }  # fmt: skip
    alone = {"fingerprint": "f8", "statement": "SELECT now()", "reason": "Its answer is never the same twice."}
    results.publish("cache_advice", "main", {"cacheable": [advised], "refused": [alone], "saved_ms_per_hour": 7_200})
    with ledger() as state:
        state.execute(
            text(
                "INSERT INTO celeriac.warm_run (target, kind, seconds, warmed, bytes, detail)"
                " VALUES ('main', 'cache', 1.5, 70, 4096, '{}')"
            )
        )
    shown = browser.get("/optimizer/caches").text
    assert "90 %" in shown
    assert "It has no limit." in shown
    assert "70 keys" in shown
    assert "It is read more than written." in shown
    assert "@cached(ttl=300)" in shown
    assert "Its answer is never the same twice." in shown


def test_the_schedule_says_what_ran_what_was_skipped_and_why(browser):
    outcomes.count("celeriac.statements.capture", "runs", 12.0, "main")
    outcomes.count("celeriac.indexes.recommend", "skipped", 1.0, "main", "the same task is already running")
    shown = browser.get("/optimizer/schedule").text
    assert "statements.capture" in shown
    assert "the same task is already running" in shown
    assert "Nothing waits: every queue is empty." in shown


def test_the_same_address_gives_the_content_alone_to_the_script_of_the_page(browser):
    stock(3)
    whole = browser.get("/optimizer/indexes")
    live = browser.get("/optimizer/indexes", Accept="application/json")
    content = json.loads(live.text)
    assert content["every_s"] == 5
    assert content["html"].lstrip().startswith("<section")
    assert "<nav class" not in content["html"].partition("<table")[0].partition("ledger")[0]
    assert "To decide" in whole.text
    assert whole.headers["Vary"] == "Accept"


def test_what_has_not_changed_is_not_sent_again(browser):
    stock(3)
    first = browser.get("/optimizer/statements/f1", Accept="application/json")
    again = browser.get("/optimizer/statements/f1", Accept="application/json", If_None_Match=first.headers["Etag"])
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/indexes/999", 404, "There is no change 999"),
        ("/statements/nothing", 404, "There is no statement nothing"),
        ("/indexes?before=-1", 400, "which this page does not know"),
        ("/indexes?state=burning", 400, "which this page does not know"),
        ("/statements?after=burning", 400, "is no cursor of this list"),
        ("/maintenance/999", 404, "There is no maintenance run 999"),
        ("/statements?order=total_ms;drop", 400, "which this page does not know"),
        ("/indexes?target=elsewhere", 404, "is not configured"),
        ("/indexes/1/burn", 404, "page not found"),
        ("/static/../handler.py", 403, ""),
        ("/static/%2e%2e/handler.py", 403, ""),
    ],
)
def test_what_is_not_there_is_said(browser, path, status, sentence):
    answer = browser.get(f"/optimizer{path}")
    assert answer.status == status
    assert sentence in answer.text.replace("&#x27;", "'").replace("&#39;", "'")


def judged() -> int:
    """Make one kept change that was built three minutes ago and judged by f1."""
    with ledger() as state:
        return state.execute(
            text("""
                UPDATE celeriac.change SET built_at = now() - interval '3 minutes', build_seconds = 1, evidence = '{
                    "reason": "it helps", "saved_ms_per_hour": 900, "statements": [{"fingerprint": "f1",
                    "writes": false, "finding": "better", "calls_before": 10, "calls_after": 12, "mean_ms_before": 10,
                    "mean_ms_after": 2, "blocks_per_call_before": 100, "blocks_per_call_after": 3, "p_value": 0.001}]}'
                WHERE id = (SELECT min(id) FROM celeriac.change WHERE state = 'kept') RETURNING id
            """)
        ).scalar_one()
