"""A fault is opened once, kept while it is found, and resolved by a check that looked and found it gone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, NullPool, create_engine

from celeriac.health.finding import Finding, Severity
from celeriac.health.store import open_findings, record

OK = Finding("sequences", "ok", "", "No sequence comes near its end.")


def near_its_end(severity: Severity = "warning", used: float = 0.8, subject: str = "public.s") -> Finding:
    return Finding("sequences", severity, subject, f"{used:.0%} used.", {"used": used}, "-- widen it")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_fault_is_opened_once_and_keeps_when_it_was_first_seen(ledger: Connection) -> None:
    (opened,) = record(ledger, "main", [near_its_end()]).opened
    again = record(ledger, "main", [near_its_end("critical", 0.95)])
    assert (again.opened, again.resolved) == ((), ())
    (now,) = open_findings(ledger, "main")
    assert (now.id, now.first_seen) == (opened.id, opened.first_seen)
    assert now.last_seen > opened.last_seen
    assert (now.severity, now.sentence, now.evidence, now.cure) == (
        "critical",
        "95% used.",
        {"used": 0.95},
        "-- widen it",
    )


def test_a_check_that_looked_and_found_nothing_resolves_what_it_had_found(ledger: Connection) -> None:
    record(ledger, "main", [near_its_end()])
    (resolved,) = record(ledger, "main", [OK]).resolved
    assert resolved.subject == "public.s"
    assert resolved.resolved_at is not None
    assert open_findings(ledger, "main") == ()


def test_one_subject_is_resolved_while_another_stays(ledger: Connection) -> None:
    record(ledger, "main", [near_its_end(), near_its_end(subject="public.u")])
    (resolved,) = record(ledger, "main", [near_its_end()]).resolved
    assert resolved.subject == "public.u"
    assert [one.subject for one in open_findings(ledger, "main")] == ["public.s"]


@pytest.mark.parametrize("round_", [(), (Finding("sequences", "skipped", "", "Not looked at: timeout."),)])
def test_what_was_not_looked_at_stays_open(ledger: Connection, round_: tuple[Finding, ...]) -> None:
    record(ledger, "main", [near_its_end()])
    assert record(ledger, "main", round_).resolved == ()
    assert len(open_findings(ledger, "main")) == 1


def test_a_fault_that_comes_back_is_opened_anew(ledger: Connection) -> None:
    (first,) = record(ledger, "main", [near_its_end()]).opened
    record(ledger, "main", [OK])
    (second,) = record(ledger, "main", [near_its_end()]).opened
    assert second.id != first.id
    assert second.first_seen > first.first_seen


def test_what_is_well_or_was_skipped_is_no_fault(ledger: Connection) -> None:
    assert record(ledger, "main", [OK, Finding("lag", "skipped", "", "Not looked at.")]).opened == ()


def test_targets_do_not_see_each_other(ledger: Connection) -> None:
    record(ledger, "main", [near_its_end()])
    assert record(ledger, "other", [OK]).resolved == ()
    assert open_findings(ledger, "other") == ()


def test_the_worst_comes_first_and_of_equals_the_oldest(ledger: Connection) -> None:
    record(ledger, "main", [near_its_end(subject="old")])
    record(
        ledger, "main", [near_its_end(subject="old"), near_its_end(subject="new"), near_its_end("critical", 1, "bad")]
    )
    assert [one.subject for one in open_findings(ledger, "main")] == ["bad", "old", "new"]


def test_a_subject_that_one_round_names_twice_is_one_fault(ledger: Connection) -> None:
    assert len(record(ledger, "main", [near_its_end(), near_its_end(used=0.85)]).opened) == 1


def test_what_was_resolved_is_forgotten_after_its_keep(ledger: Connection) -> None:
    record(ledger, "main", [near_its_end()])
    record(ledger, "main", [OK])
    record(ledger, "main", [OK], keep=timedelta(0))
    assert ledger.exec_driver_sql("SELECT count(*) FROM celeriac.finding").scalar_one() == 0
