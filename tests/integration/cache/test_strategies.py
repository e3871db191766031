"""The ready strategies on a real Redis: what each keeps, and what drops it."""

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

import celeriac
from celeriac.cache import AsyncCache, Cache
from celeriac.cache.errors import KeyRefused
from celeriac.cache.strategies import JobStatistics, SearchResults, UserData
from celeriac.cache.warmers import WarmPolicy, read, run
from sandbox import sample

SAMPLE = Path(sample.__file__).parent
DOCS = Path(celeriac.__file__).parent.parent / "docs" / "cache.md"


def test_a_changed_user_drops_all_that_was_kept_of_that_user_alone(cache: Cache):
    users, calls = UserData(cache), []

    @users.cached()
    def profile(user_id: int) -> int:
        calls.append(user_id)
        return len(calls)

    @users.cached(user="owner")
    def settings(owner: int, page: int = 1) -> int:
        calls.append(owner)
        return len(calls)

    assert (profile(1), profile(2), settings(1)) == (1, 2, 3)
    assert (profile(1), profile(2), settings(1, page=1)) == (1, 2, 3)
    assert profile.key(1) == "profile:1"
    assert users.changed(1)
    assert (profile(2), profile(1), settings(1)) == (2, 4, 5)


def test_users_outlive_the_database_for_an_hour(cache: Cache):
    users = UserData(cache)
    assert users.cached()(lambda user_id: user_id).namespace == "users"
    from celeriac.cache.strategies.user_data import LIFETIME

    assert (LIFETIME.ttl_s, LIFETIME.stale_if_error_s) == (900, 3_600)


def test_a_stream_of_finished_jobs_drops_the_counts_once_a_while(cache: Cache):
    now, calls = [0.0], []
    statistics = JobStatistics(cache, clock=lambda: now[0])

    @statistics.cached(owner="user_id")
    def jobs(user_id: int) -> int:
        calls.append(user_id)
        return len(calls)

    assert jobs(1) == 1
    assert statistics.changed(1)
    assert jobs(1) == 2
    for _ in range(100):
        assert statistics.changed(1) is None
    assert jobs(1) == 2
    now[0] = 10.0
    assert statistics.changed(1)
    assert jobs(1) == 3
    assert statistics.changed(2)
    assert jobs(1) == 3


def test_counts_of_everyone_are_dropped_by_a_recount(cache: Cache):
    statistics, calls = JobStatistics(cache), []

    @statistics.cached()
    def totals() -> int:
        calls.append(1)
        return len(calls)

    assert (totals(), totals()) == (1, 1)
    assert statistics.recount()
    assert totals() == 2


def test_searches_that_mean_the_same_are_one_entry(cache: Cache):
    results, calls = SearchResults(cache), []

    @results.cached(index="{model}")
    def search(query: str, model: str = "minilm") -> list[str]:
        calls.append(query)
        return [query]

    assert search("Red  shoes ") == search("red SHOES") == ["Red  shoes "]
    search("red shoes", model="mpnet")
    assert len(calls) == 2
    assert results.changed("minilm")
    search("red shoes", model="mpnet")
    assert len(calls) == 2
    search("red shoes")
    assert len(calls) == 3


def test_a_search_without_its_words_is_refused_at_once(cache: Cache):
    with pytest.raises(KeyRefused, match="nothing is called query; known: words"):
        SearchResults(cache).cached(index="all")(lambda words: words)


def test_coroutine_functions_are_served_too(redis_url: str):
    async def story() -> list[int]:
        cache, calls = AsyncCache(redis_url), []
        users = UserData(cache)

        @users.cached()
        async def profile(user_id: int) -> int:
            calls.append(user_id)
            return len(calls)

        seen = [await profile(1), await profile(1)]
        await users.changed(1)
        seen.append(await profile(1))
        await cache.close()
        return seen

    assert asyncio.run(story()) == [1, 1, 2]


def test_the_samples_warmers_fill_what_the_strategies_read(connection: Connection, cache: Cache, other: Cache):
    connection.exec_driver_sql((SAMPLE / "schema.sql").read_text(encoding="utf-8"))
    for statement in (
        "INSERT INTO users (id, email, username, full_name, role, last_login_at) VALUES (1, 'a', 'ada', '', '', now())",
        "INSERT INTO scraping_jobs (user_id, url, status) VALUES (1, 'u', 'completed')",
        "INSERT INTO artifacts (id, job_id, user_id, artifact_type, storage_key, size_bytes) VALUES (1,1,1,'','',1)",
        "INSERT INTO search_index (artifact_id, model_name, title, token_count) VALUES (1, 'mpnet', 'A title', 3)",
    ):
        connection.execute(text(statement))
    run(connection, cache, read(SAMPLE / "warmers.toml"), WarmPolicy())

    @UserData(other).cached()
    def user(user_id: int) -> dict:
        raise AssertionError("must be a hit")

    @JobStatistics(other).cached(owner="user_id")
    def jobs(user_id: int) -> list:
        raise AssertionError("must be a hit")

    @SearchResults(other).cached(index="{model_name}", text=None)
    def search(user_id: int, model_name: str) -> list:
        raise AssertionError("must be a hit")

    assert user(1)["username"] == "ada"
    assert jobs(1)[0]["jobs"] == 1
    assert search(1, "mpnet")[0]["title"] == "A title"


def test_the_documents_example_runs(redis_url: str):
    page = DOCS.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n([^`]*cache\.strategies import[^`]*)```", page)
    names: dict[str, object] = {}
    exec(example.replace("redis://localhost:6379/0", redis_url), names)
    assert names["found"] == ["red shoes"]
    names["cache"].close()  # type: ignore[attr-defined]
