from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from celeriac.metrics.exposition import exposition
from celeriac.metrics.history import Latest

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_prometheus_reads_back_what_was_sampled():
    text = exposition(
        {
            "main": [
                Latest("celeriac_postgres_connections", {"state": "active"}, NOW, 3.0),
                Latest("celeriac_postgres_transactions_total", {"outcome": "commit"}, NOW, 42.0),
            ],
            "other": [Latest("celeriac_postgres_connections", {"state": 'odd "state"'}, NOW, 1.0)],
        }
    ).decode()
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): (family.type, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found == {
        ("celeriac_postgres_connections", (("state", "active"), ("target", "main"))): ("gauge", 3.0),
        ("celeriac_postgres_connections", (("state", 'odd "state"'), ("target", "other"))): ("gauge", 1.0),
        ("celeriac_postgres_transactions_total", (("outcome", "commit"), ("target", "main"))): ("counter", 42.0),
    }
    assert text.count("# TYPE celeriac_postgres_connections gauge") == 1


def test_a_name_of_another_version_is_left_out():
    assert exposition({"main": [Latest("celeriac_no_longer_there", {}, NOW, 1.0)]}) == b""
