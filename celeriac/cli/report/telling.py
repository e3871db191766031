"""The sentences that both the terminal and the page say; pure."""

from celeriac.cli.printing import size
from celeriac.cli.report.document import Caches, Changed, Report, Slower, SpanFigures, Step
from celeriac.cli.report.words import count, duration, percent, when

NO_STEP = "Nothing waits to be done: no proposal is open, nothing got slower, and no finding has a cure."
NO_STEP_KNOWN = "Nothing is known yet of what waits to be done."
NO_SLOWER = "Nothing got slower, as far as was captured."
NO_CHANGE = "No change was built or proposed yet."
NOTHING_CHANGED = "Nothing was changed in this time."
NO_STATEMENT = "No statement was seen."
NO_FINDING = "No finding is open. `celeriac health` looks now."
NO_ALERT = "No alert fires."
CACHE_ADVICE = "Which queries are worth caching is not kept in the ledger; `celeriac cache-advice` works it out."
_ENDINGS = {"back": "it is back to usual", "accepted": "it became the usual", "gone": "it runs no more"}
_OUTCOMES = ("kept", "reverted", "dropped", "restored", "failed", "lost")


def opening(report: Report) -> tuple[str, ...]:
    """Say what holds for the whole report, the pause first."""
    paused = () if report.paused is None else (f"Every change is {report.paused}; `celeriac resume` lifts it.",)
    lost = (
        ()
        if report.complete
        else ("Some calls were lost to a reset, a restart or evictions: totals are lower bounds.",)
    )
    return (*paused, *report.notes, *lost)


def no_step(report: Report) -> str:
    """Say that there is nothing to do, where that can be known."""
    return NO_STEP if report.captured else NO_STEP_KNOWN


def standing(report: Report) -> str | None:
    """Say what all kept changes save, and what waits; None where there is neither."""
    if not report.saved_ms_per_hour and not report.waiting:
        return None
    saved = f"What was kept saves {duration(report.saved_ms_per_hour)} an hour, as measured"
    if not report.waiting:
        return f"{saved}; no proposal waits."
    promised = f"{duration(report.waiting_ms_per_hour)} an hour promised"
    return f"{saved}; {count(report.waiting, 'proposal')} waiting for a decision ({promised})."


def done(report: Report) -> tuple[Changed, ...]:
    """Return the changes but for what nobody has decided, which stands among what to do."""
    return tuple(one for one in report.changes if one.state != "proposed")


def nothing_done(report: Report) -> str:
    """Say that nothing was changed, and whether ever anything was to be."""
    return NOTHING_CHANGED if report.changes or report.saved_ms_per_hour else NO_CHANGE


def heading(report: Report) -> str:
    """Say what the report is of."""
    spans = f", {' and '.join(one.label for one in report.spans)}" if report.spans else ""
    source = (
        "" if report.captured else "; nothing was captured in this time, so figures are those of pg_stat_statements"
    )
    return f"{when(report.produced_at)} UTC{spans}{source}"


def worth(step: Step) -> tuple[str, str]:
    """Say what a step is worth, as a figure and what it is.

    >>> worth(Step("approve", "", "", 90_000.0, "", "shell"))
    ('1.5 min', 'an hour, promised')
    """
    if step.ms_per_hour is not None:
        return duration(step.ms_per_hour), "an hour, promised" if step.kind == "approve" else "an hour, lost"
    if step.severity is not None:
        return step.severity, "finding"
    if step.frees_bytes:
        return size(step.frees_bytes), "to be freed"
    return "unknown", "worth"


def since_when(one: Slower) -> str:
    """Say when it began, and how it ended.

    A known change before it is named beside its command, not here.
    """
    if one.ended_at is None:
        return f"since {when(one.first_seen)}"
    how = _ENDINGS.get(one.ending or "", "it ended")
    return f"from {when(one.first_seen)} to {when(one.ended_at)}: {how}"


def outcome(one: Changed) -> str:
    """Say what became of a change, in one sentence."""
    if one.verdict:
        return one.verdict
    if one.held_by:
        return f"{'given up' if one.state == 'failed' else 'held back'}: {one.held_by}"
    return one.reason


def sizes(one: Changed) -> str:
    """Write how large an index is, and was before it was rebuilt."""
    now = size(one.size_bytes)
    return f"{size(one.size_bytes_before)} -> {now}" if one.size_bytes_before and now else now


def summary(report: Report) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the rows of the table that compares the spans: what, and its value in each."""
    rows: list[tuple[str, tuple[str, ...]]] = [
        ("captured", tuple(map(_captured, report.spans))),
        ("time in statements, an hour", tuple(duration(one.load.ms_per_hour) for one in report.spans)),
        ("calls an hour", tuple(_calls_per_hour(one) for one in report.spans)),
        ("mean of a call", tuple(duration(one.load.mean_ms) for one in report.spans)),
        ("found in buffers", tuple(percent(one.load.hit_ratio) for one in report.spans)),
        ("different statements", tuple(f"{one.statements:,}" for one in report.spans)),
    ]
    if report.captured:
        rows += [
            ("got slower", tuple(f"{one.slower_begun:,}" for one in report.spans)),
            ("slower no more", tuple(f"{one.slower_ended:,}" for one in report.spans)),
            ("changes", tuple(_outcomes(one) for one in report.spans)),
            ("saved by what was kept, an hour", tuple(duration(one.saved_ms_per_hour) for one in report.spans)),
        ]
    return tuple(rows)


def caches(of: Caches) -> tuple[tuple[str, str], ...]:
    """Return what is known of the caches, a row each."""
    return (
        ("PostgreSQL buffers, hits", percent(of.buffer_hit_rate)),
        *((f"Redis cache {name}, hits", percent(rate)) for name, rate in of.hit_rates.items()),
        *(
            (
                f"{run.kind} warmed at {when(run.started_at)}",
                f"{run.warmed:,} warmed, {size(run.bytes)}, {run.seconds:.1f} s",
            )
            for run in of.warm_runs
        ),
    )


def _captured(one: SpanFigures) -> str:
    share = min(1.0, one.captured_s / one.seconds) if one.seconds else 0.0
    return f"{duration(one.captured_s * 1000)} ({share:.0%})" if one.captured_s else "nothing"


def _calls_per_hour(one: SpanFigures) -> str:
    return f"{one.load.calls / one.captured_s * 3_600:,.0f}" if one.captured_s else ""


def _outcomes(one: SpanFigures) -> str:
    said = [f"{one.changes[state]:,} {state}" for state in _OUTCOMES if one.changes.get(state)]
    return ", ".join(said) or "none"


def left_out(number: int) -> str | None:
    """Say that there is more than is shown."""
    return f"{count(number, 'more change')}: `celeriac ledger` lists them." if number else None
