"""The parts of the page that ask for something: what to do next, what is not well, and how it stands."""

from xml.etree import ElementTree as ET

from celeriac.cli.report import telling
from celeriac.cli.report.document import Fault, Firing, Report, Step
from celeriac.cli.report.html.markup import group, prose, table, tag
from celeriac.cli.report.words import count, duration, when

_TONES = {"critical": "bad", "warning": "warn"}


def header(report: Report) -> ET.Element:
    """Say what this is of, what holds it back, and what is not known."""
    banners = [
        tag("p", *prose(sentence), class_="banner stop" if report.paused and not place else "banner")
        for place, sentence in enumerate(telling.opening(report))
    ]
    return tag(
        "header",
        tag("p", "Celeriac report", class_="eyebrow"),
        tag("h1", report.target),
        tag("p", telling.heading(report), class_="meta"),
        *banners,
    )


def tiles(report: Report) -> ET.Element | None:
    """Say in four figures how it stands."""
    if not report.captured and not report.changes:
        return None
    slower = [one for one in report.slower if one.ended_at is None]
    critical = sum(one.severity == "critical" for one in report.findings)
    others = len(report.findings) - critical
    return group(
        _tile("Saved by kept changes", duration(report.saved_ms_per_hour), "an hour, as measured", "good"),
        _tile(
            "Waiting for a decision",
            f"{report.waiting:,}",
            f"{duration(report.waiting_ms_per_hour)} an hour promised" if report.waiting else "no proposal is open",
        ),
        _tile(
            "Slower now",
            f"{len(slower):,}",
            f"{duration(sum(one.ms_per_hour for one in slower))} an hour lost" if slower else "nothing",
            "bad" if slower else None,
        ),
        _tile("Critical findings", f"{critical:,}", f"and {count(others, 'warning')}", "bad" if critical else None),
        class_="tiles",
    )


def steps(report: Report) -> ET.Element:
    """List what to do, each with its command."""
    if not report.next_steps:
        return _section("What to do next", tag("p", telling.no_step(report)))
    return _section("What to do next", tag("ol", *map(_step, report.next_steps), class_="steps"), class_="sheet")


def findings(report: Report) -> ET.Element | None:
    """List the open findings, the worst first."""
    if not report.captured and not report.findings:
        return None
    if not report.findings:
        return _section("Open findings", tag("p", *prose(telling.NO_FINDING)))
    rows = [_finding(one) for one in report.findings]
    made = table("The worst first", ("finding", "severity", "since"), rows, figures=())
    made.set("class", "wide")
    return _section("Open findings", made, class_="sheet")


def alerts(report: Report) -> ET.Element | None:
    """List what fires."""
    if not report.captured and not report.alerts:
        return None
    if not report.alerts:
        return _section("Alerts", tag("p", telling.NO_ALERT))
    rows = [_alert(one) for one in report.alerts]
    made = table("The worst first", ("alert", "severity", "since"), rows, figures=())
    made.set("class", "wide")
    return _section("Alerts", made, class_="sheet")


def _step(step: Step) -> ET.Element:
    figure, of = telling.worth(step)
    tone = "good" if step.kind == "approve" else _TONES.get(step.severity or "", "bad")
    return tag(
        "li",
        group(tag("strong", figure, class_=tone), tag("span", of), class_="worth"),
        group(
            tag("p", step.what if len(step.what) <= 400 else f"{step.what[:398]} …", class_="what"),
            tag("p", step.why, class_="quiet"),
            tag("pre", tag("code", step.command)),
            class_="body",
        ),
    )


def _finding(one: Fault) -> tuple[ET.Element | str, ...]:
    cure = tag("details", tag("summary", "Cure"), tag("pre", tag("code", one.cure))) if one.cure else None
    subject = f": {one.subject}" if one.subject else ""
    what = group(tag("strong", f"{one.check}{subject}"), tag("p", one.sentence), cure)
    return what, _badge(one.severity), when(one.first_seen)


def _alert(one: Firing) -> tuple[ET.Element | str, ...]:
    subject = f": {one.subject}" if one.subject else ""
    quiet = tag("p", f"Alert {one.id}, {one.quiet}." if one.quiet else f"Alert {one.id}", class_="quiet")
    what = group(tag("strong", f"{one.rule}{subject}"), tag("p", one.sentence), quiet)
    return what, _badge(one.severity), when(one.since)


def _badge(severity: str) -> ET.Element:
    return tag("span", severity, class_=f"badge {_TONES.get(severity, 'plain')}")


def _tile(title: str, figure: str, what: str, tone: str | None = None) -> ET.Element:
    return group(tag("span", title), tag("strong", figure, class_=tone), tag("span", what), class_="tile")


def _section(title: str, *inside: ET.Element, class_: str | None = None) -> ET.Element:
    return tag("section", tag("h2", title), group(*inside, class_=class_))
