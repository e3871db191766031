"""The parts of the page that tell what happened: the load, what got slower, what was changed and what it brought."""

from typing import Final
from xml.etree import ElementTree as ET

from celeriac.cli.printing import shorten
from celeriac.cli.report import telling
from celeriac.cli.report.document import Changed, Figures, Report, Slower, Statement
from celeriac.cli.report.html import plots
from celeriac.cli.report.html.markup import Inside, group, prose, table, tag
from celeriac.cli.report.words import duration, percent, when

_LINE: Final = 260
_WHOLE: Final = 4_000
_STATES: Final = {"kept": "good", "dropped": "good", "reverted": "warn", "restored": "warn", "failed": "bad"}


def figures(report: Report) -> ET.Element:
    """Compare the spans."""
    columns = ("", *(one.label for one in report.spans))
    rows = [(what, *values) for what, values in telling.summary(report)]
    made = table("What statements took, and what became of it", columns, rows, figures=columns[1:])
    made.set("class", "compact")
    return _section("In figures", group(made, class_="sheet"))


def course(report: Report) -> ET.Element | None:
    """Draw how the load and the caches went."""
    if not report.plots:
        return None
    return _section("Load and caches", group(*map(plots.plot, report.plots), class_="plots"))


def slower(report: Report) -> ET.Element | None:
    """List what got slower, what costs most first."""
    if not report.captured and not report.slower:
        return None
    if not report.slower:
        return _section("What got slower", tag("p", telling.NO_SLOWER))
    columns = ("statement", "cause", "times as long", "lost an hour")
    rows = [_slower(one) for one in report.slower]
    return _wide("What got slower", "What goes on first, then by the time that it costs", columns, rows, columns[2:])


def changes(report: Report) -> ET.Element:
    """List the changes with what they promised and brought."""
    title = "What was changed and what it brought"
    done = telling.done(report)
    if not done:
        return _section(title, tag("p", telling.nothing_done(report)))
    known = [value for one in done for value in (one.promised_ms_per_hour, one.measured_ms_per_hour)]
    most = max((abs(value) for value in known if value is not None), default=1.0) or 1.0
    columns = ("change", "state", "promised an hour", "measured an hour", "size")
    rows = [_changed(one, most) for one in done]
    more = telling.left_out(report.changes_left_out)
    caption = "Milliseconds saved an hour: promised by the planner's costs, then measured"
    return _wide(title, caption, columns, rows, columns[2:], tag("p", *prose(more), class_="quiet") if more else None)


def statements(report: Report) -> ET.Element:
    """List the statements that take most of the time."""
    title = "Where the time goes"
    if not report.statements:
        return _section(title, tag("p", telling.NO_STATEMENT))
    columns = ("statement", *(f"{one.label}, an hour" for one in report.spans), "course")
    rows = [_statement(one) for one in report.statements]
    return _wide(title, "By time, the most first", columns, rows, columns[1:-1])


def caches(report: Report) -> ET.Element:
    """Say how the caches do."""
    made = table(
        "Hits, and what warming brought", ("cache", "figure"), telling.caches(report.cache), figures=("figure",)
    )
    return _section("Caches", group(made, class_="sheet"), tag("p", *prose(telling.CACHE_ADVICE), class_="quiet"))


def _statement(one: Statement) -> tuple[Inside, ...]:
    first = next((of for of in one.spans if of is not None), None)
    facts = [f"role {one.role}"] if one.role else []
    if first is not None and first.hit_ratio is not None:
        facts.append(f"{first.blocks_per_call:,.0f} blocks a call, {percent(first.hit_ratio)} of them in buffers")
    return (
        group(*_query(one.query), tag("p", ", ".join(facts), class_="quiet") if facts else None),
        *map(_figures, one.spans),
        plots.sparkline(one.course, "time an hour over the longest span"),
    )


def _figures(of: Figures | None) -> Inside:
    if of is None:
        return None
    return group(
        tag("strong", duration(of.ms_per_hour)),
        tag("p", f"{percent(of.share_of_time)} of the time", class_="quiet"),
        tag("p", f"{of.calls:,} calls, {duration(of.mean_ms)} each", class_="quiet"),
    )


def _slower(one: Slower) -> tuple[Inside, ...]:
    undo = None
    if one.change_id is not None:
        before = f"Change {one.change_id} came just before."
        undo = group(tag("p", before), tag("pre", tag("code", one.undo)) if one.undo else None)
    what = [tag("strong", "All statements together")] if one.query is None else _query(one.query)
    told = group(*what, tag("p", one.sentence), tag("p", telling.since_when(one), class_="quiet"), undo)
    ratio = "new" if one.ratio is None else f"{one.ratio:.1f}"
    tone = "bad" if one.ended_at is None else "quiet"
    return told, one.cause, ratio, tag("span", duration(one.ms_per_hour), class_=tone)


def _changed(one: Changed, most: float) -> tuple[Inside, ...]:
    told = group(
        tag("code", f"{one.id}. {one.ddl}"),
        tag("p", telling.outcome(one)),
        tag("pre", tag("code", one.undo)) if one.undo else None,
    )
    measured = one.measured_ms_per_hour
    harm = measured is not None and measured < 0
    figure = group(
        tag("span", duration(measured), class_="bad" if harm else "good"),
        plots.pair(one.promised_ms_per_hour, measured, most),
    )
    state = group(
        tag("span", one.state, class_=f"badge {_STATES.get(one.state, 'plain')}"),
        tag("p", one.kind, class_="quiet"),
        tag("p", when(one.since), class_="quiet"),
        class_="state",
    )
    return (
        told,
        state,
        duration(one.promised_ms_per_hour),
        figure if measured is not None else "",
        telling.sizes(one),
    )


def _query(text: str) -> list[ET.Element]:
    line = tag("code", shorten(text, _LINE))
    if len(" ".join(text.split())) <= _LINE:
        return [line]
    whole = text if len(text) <= _WHOLE else f"{text[:_WHOLE]} …"
    return [line, tag("details", tag("summary", "Whole text"), tag("pre", tag("code", whole)))]


def _wide(
    title: str,
    caption: str,
    columns: tuple[str, ...],
    rows: list[tuple[Inside, ...]],
    numeric: tuple[str, ...],
    after: ET.Element | None = None,
) -> ET.Element:
    made = table(caption, columns, rows, figures=numeric)
    made.set("class", "wide")
    return _section(title, group(made, class_="sheet"), after)


def _section(title: str, *inside: ET.Element | None) -> ET.Element:
    return tag("section", tag("h2", title), *inside)
