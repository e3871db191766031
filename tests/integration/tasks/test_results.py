from datetime import UTC, datetime, timedelta

from config.redis import results_client
from tasks import results


def test_the_latest_document_can_be_read_by_anyone(configured):
    results.publish("recommendations", "main", {"indexes": [1]})
    results.publish("recommendations", "main", {"indexes": [2], "at": datetime(2026, 1, 1, tzinfo=UTC)})
    document = results.latest("recommendations", "main")
    assert document["indexes"] == [2]
    assert document["at"] == "2026-01-01T00:00:00Z"
    assert datetime.now(UTC) - datetime.fromisoformat(document["produced_at"]) < timedelta(minutes=1)


def test_targets_do_not_share_documents(configured):
    results.publish("recommendations", "main", {})
    assert results.latest("recommendations", "reports") is None


def test_documents_expire(configured):
    results.publish("recommendations", "main", {}, ttl_s=60)
    assert 0 < results_client().ttl(results.key("recommendations", "main")) <= 60
