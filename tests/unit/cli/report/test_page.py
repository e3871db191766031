"""The page needs nothing else, runs nothing, and shows as text whatever stands in statements and names."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from celeriac.cli.report import telling
from celeriac.cli.report.document import Firing, SpanFigures
from celeriac.cli.report.html import page
from tests.unit.cli.report.reports import DAY, EMPTY, NOW, change, fault, plot, slower, statement, step

SPITE = "</style></code><script>alert('x')</script><img src=x onerror=\"y\">&lt;\x1b[2J"
FULL = replace(
    EMPTY,
    target=SPITE,
    notes=(SPITE,),
    paused=SPITE,
    spans=(DAY, replace(DAY, label=SPITE)),
    next_steps=(step(what=SPITE, why=SPITE, command=SPITE),),
    slower=(slower(query=SPITE * 20, sentence=SPITE, cause=SPITE, change_id=3, undo=SPITE),),
    changes=(change(state="kept", ddl=SPITE, verdict=SPITE, measured_ms_per_hour=-5.0, undo=SPITE),),
    changes_left_out=3,
    statements=(statement(query=SPITE * 20, role=SPITE, spans=(DAY.load, None)),),
    findings=(fault(check=SPITE, subject=SPITE, sentence=SPITE, cure=SPITE),),
    alerts=(Firing(1, SPITE, SPITE, "critical", SPITE, NOW, SPITE),),
    cache=replace(EMPTY.cache, hit_rates={SPITE: 0.5}),
    plots=(plot(1.0, None, 2.0, title=SPITE),),
)
VOID = {"meta", "br", "img", "link", "input"}


class Reader(HTMLParser):
    """Reads a page as a browser would, as far as these tests ask."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.attributes, self.open, self.words = [], [], [], []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def full():
    return Reader(page(FULL))


def test_every_element_is_closed(full):
    assert full.open == []


def test_nothing_is_run_loaded_or_sent(full):
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & set(full.tags)
    named = {name for _, name, _ in full.attributes}
    assert not {name for name in named if name.startswith("on")} | (named & {"src", "href", "style", "action"})


def test_the_policy_allows_this_style_and_nothing_else():
    document = page(FULL)
    style = re.search(r"<style>(.*?)</style>", document, re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in document
    assert "url(" not in style
    assert "@import" not in style


def test_what_others_wrote_is_shown_as_they_wrote_it(full):
    said = "".join(full.words)
    assert said.count("<script>alert('x')</script>") > 15
    assert "&lt;" in said
    assert "\x1b" not in page(FULL)


def test_light_and_dark_narrow_and_paper_are_thought_of():
    document = page(EMPTY)
    for condition in ("prefers-color-scheme: dark", "max-width: 760px", "@media print"):
        assert condition in document
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in document


def test_a_narrow_screen_knows_each_column_by_name(full):
    labels = {value for _, name, value in full.attributes if name == "data-label"}
    assert {"statement", "state", "promised an hour", "measured an hour"} <= labels


@pytest.mark.parametrize(
    "sentence",
    [telling.NO_STEP, telling.NO_SLOWER, telling.NO_CHANGE, telling.NO_STATEMENT, telling.NO_ALERT],
)
def test_what_is_missing_is_said(sentence):
    assert sentence in page(EMPTY)


def test_what_was_not_looked_at_is_not_said_to_be_well():
    unknown = page(replace(EMPTY, captured=False, notes=("There is no ledger.",)))
    assert "There is no ledger." in unknown
    assert telling.NO_STEP_KNOWN in unknown
    assert telling.NO_SLOWER not in unknown
    assert telling.NO_ALERT not in unknown
    assert "Critical findings" not in unknown


def test_a_harmful_change_is_told_from_a_helpful_one():
    def kept(measured):
        return page(replace(EMPTY, changes=(change(state="kept", measured_ms_per_hour=measured),)))

    assert 'class="harm"' in kept(-5.0)
    assert 'class="harm"' not in kept(5.0)


def test_proposals_stand_among_what_to_do_and_not_among_what_was_done():
    document = page(replace(EMPTY, changes=(change(),)))
    assert telling.NOTHING_CHANGED in document
    assert "CREATE INDEX" not in document


def test_a_statement_that_did_not_run_in_a_span_leaves_its_cell_empty():
    week = SpanFigures("last week", 1, 1, DAY.load, 1, {}, 0.0, 0, 0)
    one = statement(spans=(None, statement().spans[0]))
    assert 'class="figure empty" data-label="last day, an hour"' in page(
        replace(EMPTY, spans=(DAY, week), statements=(one,))
    )


def test_where_nothing_at_all_could_be_measured_the_page_stands_all_the_same():
    document = page(replace(EMPTY, captured=False, spans=(), notes=("The ledger is of another version.",)))
    assert "2026-03-04 12:00 UTC; nothing was captured" in document
    assert "The ledger is of another version." in document
