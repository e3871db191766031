"""The cache's tasks, called as a worker calls them."""

from pathlib import Path

import pytest

from celeriac.cache import MISS, Cache
from config.settings import Settings
from tasks import cache as tasks
from tasks.results import latest

WARMERS = """
[[warmer]]
name = "numbers"
namespace = "numbers"
key = "n:{n}"
ttl_s = 60
query = "SELECT n FROM generate_series(1, 10) n"

[[warmer]]
name = "broken"
namespace = "numbers"
key = "n:{n}"
ttl_s = 60
query = "SELECT n FROM nowhere"
"""


@pytest.fixture
def warmers(configured: Settings, configure, tmp_path: Path, redis_url: str, ledger_url: str) -> None:
    (tmp_path / "warmers.toml").write_text(WARMERS)
    configure(warming__warmers_file=str(tmp_path / "warmers.toml"))


def test_without_warmers_nothing_is_warmed(configured: Settings):
    assert tasks.warm()["status"] == "refused"


def test_warming_fills_the_cache_and_says_what_failed(warmers: None, cache: Cache):
    told = tasks.warm()
    assert (told["status"], told["warmed"], told["noted"]) == ("done", 10, ["broken"])
    assert cache.get("n:3", namespace="numbers") == {"n": 3}
    assert latest("cache_warm", "main")["warmed"] == 10


def test_nothing_named_invalidates_nothing(configured: Settings):
    assert tasks.invalidate()["status"] == "refused"
    assert tasks.invalidate(pattern="*", tags=["t"])["status"] == "refused"


def test_what_is_named_is_invalidated(configured: Settings, cache: Cache):
    cache.set_many({"a:1": 1, "a:2": 2, "b:1": 3}, namespace="users", tags=("t",))
    assert tasks.invalidate(namespace="users", pattern="a:*") == {"status": "done", "dropped": 2}
    assert cache.get("b:1", namespace="users") == 3
    assert tasks.invalidate(tags=["t"]) == {"status": "done", "dropped": None}
    assert cache.get("b:1", namespace="users") is MISS


def test_without_redis_an_invalidation_fails_with_a_reason(configured: Settings, configure):
    configure(redis__cache_url="redis://127.0.0.1:1/0", redis__retries="0")
    with pytest.raises(tasks.RedisSilent, match="of target 'main' does not answer"):
        tasks.invalidate.run(namespace="users")


def test_an_analysis_is_published(configured: Settings, cache: Cache):
    cache.set("a", 1, namespace="users")
    cache.get("a", namespace="users")
    cache.flush()
    told = tasks.analyze()
    assert told["status"] == "done"
    assert "memory" in told["findings"]
    published = latest("cache_analysis", "main")
    assert published["namespaces"]["users"]["hits"] == 1
    assert all(finding["cure"] for finding in published["findings"])
