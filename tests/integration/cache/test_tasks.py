"""The cache's tasks, called as a worker calls them."""

from contextlib import closing
from pathlib import Path

import pytest
import redis
from kombu import Connection

import worker.app
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


def test_the_owners_task_is_sent_to_the_owners_queue(configured: Settings, configure, tmp_path: Path, redis_url: str):
    (tmp_path / "warmers.toml").write_text(
        '[[warmer]]\nname = "carts"\nnamespace = "carts"\ntask = "shop.warm_cart"\nqueue = "shop"\n'
        'key = "cart:{user_id}"\npriority = 3\nparameters = { user_id = 7 }'
    )
    application = worker.app.create(configure(warming__warmers_file=str(tmp_path / "warmers.toml")))
    application.set_default()
    told = tasks.warm()
    assert (told["status"], told["sent"], told["noted"]) == ("done", 1, [])
    # As a service's own Celery finds it, with kombu's default priorities.
    with Connection(redis_url) as owner, closing(owner.SimpleQueue("shop")) as queue:
        message = queue.get(timeout=5)
        message.ack()
    assert message.headers["task"] == "shop.warm_cart"
    assert message.payload[1] == {"user_id": 7}
    assert message.headers["expires"] is not None
    assert latest("cache_warm", "main")["sent"] == 1


def test_what_redis_lost_is_warmed_first(configured: Settings, configure, tmp_path: Path, redis_url: str, cache: Cache):
    replayable = "\nreplay_query = 'SELECT CAST(:n AS int) AS n'"
    numbers = WARMERS.partition('[[warmer]]\nname = "broken')[0].rstrip() + replayable
    (tmp_path / "warmers.toml").write_text(numbers)
    configure(warming__warmers_file=str(tmp_path / "warmers.toml"))
    assert tasks.warm()["cold"] is None
    assert tasks.warm()["replayed"] == 10  # all of them end within the minute
    with redis.Redis.from_url(redis_url) as client:
        client.unlink(*client.keys("cache:*"))
    told = tasks.warm()
    assert (told["cold"], told["replayed"], told["warmed"]) == ("Redis was emptied", 10, 20)


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
