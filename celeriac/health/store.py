"""The findings over time, in the ledger: which are open, since when, and which are gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, Table, delete, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from celeriac.health.finding import SEVERITIES, Finding, Severity
from celeriac.ledger import clock
from celeriac.ledger.models.findings import Finding as _Row

KEEP: Final = timedelta(days=90)
"""Of what was resolved; what is open stays."""

_TABLE = cast("Table", _Row.__table__)
_OPEN = _TABLE.c.resolved_at.is_(None)
_FAULTS: Final = frozenset({"warning", "critical"})


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A fault as the ledger has it, by the ledger's clock."""

    id: int
    check: str
    subject: str
    severity: Severity
    sentence: str
    evidence: Mapping[str, float]
    cure: str | None
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What one round brought that the last one had not, and what it no longer found."""

    opened: tuple[StoredFinding, ...]
    resolved: tuple[StoredFinding, ...]


def record(ledger: Connection, target: str, findings: Iterable[Finding], *, keep: timedelta = KEEP) -> Changes:
    """Keep the faults of one round; what a check that looked no longer finds is resolved.

    What could not be looked at stays as it was: not to see a fault is not to see it gone.
    """
    round_ = tuple(findings)
    faults = {(one.check, one.subject): one for one in round_ if one.severity in _FAULTS}
    opened = _keep(ledger, target, tuple(faults.values()))
    resolved = _resolve(ledger, target, tuple(faults), looked(round_))
    old = clock.ago(keep)
    ledger.execute(delete(_TABLE).where(_TABLE.c.target == target, _TABLE.c.resolved_at < old))
    return Changes(opened, resolved)


def open_findings(ledger: Connection, target: str) -> tuple[StoredFinding, ...]:
    """Return the faults that are there now, the worst first, of equals the oldest."""
    rows = ledger.execute(select(_TABLE).where(_TABLE.c.target == target, _OPEN))
    return tuple(sorted(map(_stored, rows), key=lambda one: (SEVERITIES.index(one.severity), one.first_seen, one.id)))


def looked(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the checks that looked; one that could not look at some subject has looked at the others.

    >>> some = Finding("sequences", "skipped", "unreadable sequences", "")
    >>> sorted(looked([Finding("bloat", "ok", "", ""), Finding("lag", "skipped", "", ""), some]))
    ['bloat', 'sequences']
    """
    found = tuple(findings)
    return frozenset(one.check for one in found) - {
        one.check for one in found if one.severity == "skipped" and not one.subject
    }


def _keep(ledger: Connection, target: str, faults: Sequence[Finding]) -> tuple[StoredFinding, ...]:
    if not faults:
        return ()
    adding = insert(_TABLE).values([_values(target, one) for one in faults])
    new = adding.excluded
    statement = adding.on_conflict_do_update(
        index_elements=["target", "check_name", "subject"],
        index_where=_OPEN,
        set_={
            "severity": new.severity,
            "sentence": new.sentence,
            "evidence": new.evidence,
            "cure": new.cure,
            "last_seen": clock.now(),
        },
    )
    # A row that was inserted has no deleting or locking transaction; one that was updated names ours.
    rows = ledger.execute(statement.returning(*_TABLE.c, literal_column("finding.xmax = 0").label("is_new")))
    return tuple(_stored(row) for row in rows if row.is_new)


def _resolve(
    ledger: Connection, target: str, faults: Sequence[tuple[str, str]], checks: frozenset[str]
) -> tuple[StoredFinding, ...]:
    columns = _TABLE.c
    gone = [columns.target == target, _OPEN, columns.check_name.in_(checks)]
    if faults:
        gone.append(tuple_(columns.check_name, columns.subject).not_in(faults))
    rows = ledger.execute(update(_TABLE).where(*gone).values(resolved_at=clock.now()).returning(*columns))
    return tuple(_stored(row) for row in rows)


def _values(target: str, one: Finding) -> dict[str, Any]:
    return {
        "target": target,
        "check_name": one.check,
        "subject": one.subject,
        "severity": one.severity,
        "sentence": one.sentence,
        "evidence": dict(one.evidence),
        "cure": one.cure,
    }


def _stored(row: Row[Any]) -> StoredFinding:
    return StoredFinding(
        id=row.id,
        check=row.check_name,
        subject=row.subject,
        severity=row.severity,
        sentence=row.sentence,
        evidence=row.evidence,
        cure=row.cure,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        resolved_at=row.resolved_at,
    )
