"""The report in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from celeriac.cli.printing import shorten, table
from celeriac.cli.report import telling
from celeriac.cli.report.document import Changed, Report, Slower, Statement, Step
from celeriac.cli.report.words import clean, duration, percent, when

_BLOCKS = "▁▂▃▄▅▆▇█"
_SPARK = 24
_TEXT = 160


def show(report: Report, screen: Console) -> None:
    """Print a report: what to do first, then what happened."""
    for sentence in (f"Target {report.target}: {telling.heading(report)}", *telling.opening(report)):
        screen.print(clean(sentence), markup=False)
    _show_steps(report, screen)
    if (standing := telling.standing(report)) is not None:
        screen.print(f"\n{standing}", markup=False)
    spans = tuple(one.label for one in report.spans)
    rows = [(what, *values) for what, values in telling.summary(report)]
    _show(screen, table("In figures", ("", *spans), rows, right=spans))
    if report.captured:
        _show_or(screen, telling.NO_SLOWER, report.slower, _slower_table)
    _show_or(screen, telling.nothing_done(report), telling.done(report), _changes_table)
    if more := telling.left_out(report.changes_left_out):
        screen.print(more, markup=False)
    _show(screen, _statements_table(report, spans))
    if report.captured:
        _show_watched(report, screen)
    _show(screen, table("Caches", ("", ""), telling.caches(report.cache)))
    screen.print(telling.CACHE_ADVICE, markup=False)


def spark(values: Sequence[float | None], width: int = _SPARK) -> str:
    """Draw a course in blocks, a blank where nothing was captured.

    >>> spark((0.0, 5.0, None, 10.0))
    '▁▄ █'
    """
    bucket = max(1, -(-len(values) // width))
    means = [_mean(values[start : start + bucket]) for start in range(0, len(values), bucket)]
    most = max((value for value in means if value is not None), default=0.0) or 1.0
    return "".join(" " if value is None else _BLOCKS[int(value / most * (len(_BLOCKS) - 1))] for value in means)


def _show_steps(report: Report, screen: Console) -> None:
    screen.print()
    if not report.next_steps:
        screen.print(telling.no_step(report), markup=False)
        return
    screen.print("What to do next", style="italic")
    for place, step in enumerate(report.next_steps, start=1):
        screen.print(clean(_step(place, step)), markup=False, soft_wrap=True)


def _step(place: int, step: Step) -> str:
    figure, of = telling.worth(step)
    command = step.command.replace("\n", "\n      ")
    return f"{place:2}. {figure} {of}: {shorten(step.what, _TEXT)}\n    {step.why}\n      {command}"


def _show_watched(report: Report, screen: Console) -> None:
    _show_or(
        screen, telling.NO_FINDING, report.findings,
        lambda found: table(
            "Open findings", ("severity", "check", "subject", "since", "what"),
            [(one.severity, one.check, clean(one.subject), when(one.first_seen), clean(one.sentence)) for one in found],
        ),
    )  # fmt: skip
    _show_or(
        screen, telling.NO_ALERT, report.alerts,
        lambda firing: table(
            "Alerts", ("alert", "severity", "rule", "since", "what"),
            [
                (one.id, one.severity, one.rule, when(one.since), clean(f"{one.sentence} {one.quiet or ''}"))
                for one in firing
            ],
            right=("alert",),
        ),
    )  # fmt: skip


def _show_or(screen: Console, sentence: str, rows: Sequence[object], made: object) -> None:
    if rows:
        _show(screen, made(rows))  # type: ignore[operator]
    else:
        screen.print()
        screen.print(sentence, markup=False)


def _show(screen: Console, made: Table) -> None:
    screen.print()
    screen.print(made)


def _slower_table(slower: Sequence[Slower]) -> Table:
    columns = ("lost an hour", "cause", "when", "statement", "what")
    rows = [
        (
            duration(one.ms_per_hour),
            one.cause,
            telling.since_when(one),
            "all statements together" if one.query is None else clean(shorten(one.query, _TEXT)),
            clean(one.sentence),
        )
        for one in slower
    ]
    return table("What got slower", columns, rows, right=columns[:1])


def _changes_table(changes: Sequence[Changed]) -> Table:
    columns = ("id", "state", "promised/h", "measured/h", "size", "change", "what it brought", "undo")
    rows = [
        (
            one.id,
            one.state,
            duration(one.promised_ms_per_hour),
            duration(one.measured_ms_per_hour),
            telling.sizes(one),
            clean(one.ddl),
            clean(telling.outcome(one)),
            one.undo or "",
        )
        for one in changes
    ]
    return table("What was changed and what it brought", columns, rows, right=("id", *columns[2:5]))


def _statements_table(report: Report, spans: Sequence[str]) -> Table:
    columns = ("share", *(f"{label}, an hour" for label in spans), "mean", "buffers", "course", "statement")
    rows = [_statement(one) for one in report.statements]
    return table("Where the time goes", columns, rows, right=columns[:-2])


def _statement(one: Statement) -> tuple[object, ...]:
    first = next(of for of in one.spans if of is not None)
    return (
        percent(first.share_of_time),
        *(duration(of.ms_per_hour) if of is not None else "" for of in one.spans),
        duration(first.mean_ms),
        "" if first.hit_ratio is None else percent(first.hit_ratio),
        spark(one.course),
        clean(shorten(one.query, _TEXT)),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
