"""What is read at the moment of a scrape and not sampled: that sampling has stopped must show although it has stopped.

https://prometheus.io/docs/practices/instrumentation/#timestamps-not-time-since
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection

from celeriac import sql
from celeriac.metrics.history import Latest
from celeriac.metrics.sample import Metric, Sample, known

LEDGER_UP = Metric("celeriac_ledger_up", "gauge", "1", "1 where the ledger could be read, 0 where not.")
BEAT = Metric("celeriac_last_beat_timestamp_seconds", "gauge", "seconds", "When beat last sent anything.")
CAPTURE = Metric("celeriac_last_capture_timestamp_seconds", "gauge", "seconds", "When statements were last captured.")
SAMPLE = Metric("celeriac_last_sample_timestamp_seconds", "gauge", "seconds", "When metrics were last recorded.")
PAUSED = Metric("celeriac_paused", "gauge", "1", "1 while somebody has stopped every change on the target.")
CHANGES = Metric("celeriac_changes", "gauge", "1", "Changes in the ledger by state.", ("state",))
FINDINGS = Metric("celeriac_findings", "gauge", "1", "Open findings of the health checks by severity.", ("severity",))
ALERTS = Metric("celeriac_alerts", "gauge", "1", "Alerts that are pending or firing.", ("rule", "severity", "state"))
NOTICES = Metric(
    "celeriac_notices",
    "gauge",
    "1",
    "Notices kept in the ledger by state: waiting, delivered, superseded, given up.",
    ("channel", "state"),
)
METRICS = (LEDGER_UP, BEAT, CAPTURE, SAMPLE, PAUSED, CHANGES, FINDINGS, ALERTS, NOTICES)

_BY_NAME = {metric.name: metric for metric in METRICS}


def read(ledger: Connection, target: str, timeout_ms: int) -> tuple[Latest, ...]:
    """Return what the ledger tells now; what it cannot say (nothing was captured yet) is left out."""
    with sql.bounded(ledger, timeout_ms):
        rows = ledger.execute(sql.load(__file__, "live"), {"target": target}).all()
    return now(known(_BY_NAME[row.name].of(row.value, **row.labels) for row in rows))


def now(samples: Iterable[Sample]) -> tuple[Latest, ...]:
    """Return samples of this moment as the exposition takes them."""
    at = datetime.now(UTC)
    return tuple(Latest(one.name, dict(one.labels), at, one.value) for one in samples)
