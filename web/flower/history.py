"""The course of a statement as plots, with what was changed meanwhile marked on the time axis."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from celeriac.ledger.models.workload import StatementText
from web.documents import changes
from web.documents.changes import ChangeDocument
from web.documents.source import reading
from web.documents.statements import StatementDocument
from web.flower.plots import Line, Mark, Plot, plot

MARKED: Final = 8
"""Changes of a statement whose instants are looked up: the newest."""


def of_statement(document: StatementDocument, marks: Iterable[Mark]) -> tuple[Plot, ...]:
    """Plot mean time, blocks, rows and calls of a statement, on one time axis."""
    marked = tuple(marks)
    wanted = (
        ("Mean time", "ms", [point.mean_ms for point in document.history]),
        ("Blocks a call", "blocks", [point.blocks_per_call for point in document.history]),
        ("Rows a call", "rows", [point.rows_per_call for point in document.history]),
        ("Calls", "calls", [float(point.calls) for point in document.history]),
    )
    return _plots(wanted, document, marked, sync="statement")


def of_change(document: StatementDocument, marks: Iterable[Mark]) -> tuple[Plot, ...]:
    """Plot what decides on a change: mean time and blocks of one statement, before and after."""
    query = " ".join(document.query.split())[:60]
    wanted = (
        (f"Mean time of {query}", "ms", [point.mean_ms for point in document.history]),
        (f"Blocks a call of {query}", "blocks", [point.blocks_per_call for point in document.history]),
    )
    return _plots(wanted, document, tuple(marks), sync=document.fingerprint)


def marks_of(document: ChangeDocument) -> tuple[Mark, ...]:
    """Mark when a change took effect, and when it was undone."""
    number = document.change.id
    made = [] if document.built_at is None else [Mark(document.built_at.timestamp(), f"change {number}")]
    undone = [step.at for step in document.steps if step.to_state == "reverted"]
    return (*made, *(Mark(at.timestamp(), f"change {number} undone", undone=True) for at in undone))


def marks(target: str, document: StatementDocument) -> tuple[Mark, ...]:
    """Mark the newest changes that were made for a statement, or judged by it."""
    made = [change for change in document.changes if change.build_seconds is not None][:MARKED]
    return tuple(mark for change in made for mark in marks_of(changes.one(target, change.id)))


def texts(target: str, fingerprints: Sequence[str]) -> dict[str, str]:
    """Return the texts of statements by fingerprint, as far as they are still known."""
    columns = StatementText.__table__.c
    with reading(target) as connection:
        rows = connection.execute(
            select(columns.fingerprint, columns.text).where(
                columns.target == target, columns.fingerprint.in_(fingerprints)
            )
        ).all()
    return {row.fingerprint: row.text for row in rows}


def _plots(
    wanted: Iterable[tuple[str, str, Sequence[float]]], document: StatementDocument, marked: tuple[Mark, ...], sync: str
) -> tuple[Plot, ...]:
    # A point stands for its whole step: drawn at the step's middle, what was changed within it lies where it belongs.
    at = [point.at + timedelta(seconds=document.step_s / 2) for point in document.history]
    drawn = (
        plot(title, at, [Line(unit, unit, tuple(values))], step_s=document.step_s, marks=marked, sync=sync)
        for title, unit, values in wanted
    )
    return tuple(one for one in drawn if one is not None)
