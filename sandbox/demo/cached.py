"""A service of the sample application that reads users, job statistics and searches through the warmed cache."""

import threading
from collections.abc import Callable
from random import Random
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor
from sqlalchemy import make_url

from celeriac.cache import Cache, cached
from sandbox.demo.stage import Stage
from sandbox.sample.reads import MODELS

PERIOD_S = 0.05
ACTIVE = "SELECT id FROM users WHERE last_login_at IS NOT NULL ORDER BY last_login_at DESC LIMIT 600"
"""Whoever was there lately asks most; the warmers cannot know who will ask, only who did."""
JOB_STATISTICS = """SELECT user_id, status, count(*) AS jobs, max(created_at)::text AS last_created_at
                      FROM scraping_jobs WHERE user_id = %(user_id)s GROUP BY user_id, status"""
USER = "SELECT id, email, username, full_name, role, is_active FROM users WHERE id = %(id)s"
SEARCH = """SELECT s.id, s.artifact_id, s.title, s.token_count, a.storage_key
              FROM artifacts a JOIN search_index s ON s.artifact_id = a.id
             WHERE a.user_id = %(user_id)s AND s.model_name = %(model_name)s AND s.is_active
             ORDER BY a.created_at DESC LIMIT 10"""


class Readers:
    """One thread that reads at a steady rate until the block ends."""

    def __init__(self, stage: Stage) -> None:
        self._dsn = make_url(stage.application_url).set(drivername="postgresql").render_as_string(False)
        self._cache = Cache(stage.redis_url)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._read, name="cached-reads", daemon=True)

    def __enter__(self) -> "Readers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._cache.close()

    def stop(self) -> None:
        """Stop reading; what was counted stays."""
        self._done.set()
        self._thread.join()

    def hit_rate(self) -> float:
        """Share of the lookups that the cache answered, over all processes."""
        self._cache.flush()
        found = self._cache.statistics().values()
        hits, misses = sum(one.hits for one in found), sum(one.misses for one in found)
        return hits / (hits + misses) if hits + misses else 0.0

    def _read(self) -> None:
        rng = Random(11)
        # Not `with connection`: that would hold one transaction open all the while, and builds wait for those.
        connection = psycopg2.connect(self._dsn, application_name="stratlogic-web")
        connection.autocommit = True
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(ACTIVE)
            active = [row["id"] for row in cursor.fetchall()]
            users, statistics, searches = self._functions(cursor)
            while not self._done.wait(PERIOD_S):
                user, turn = active[int(len(active) * rng.random() ** 3)], rng.random()
                if turn < 0.6:
                    users(user)
                elif turn < 0.9:
                    statistics(user)
                else:
                    searches(user, rng.choice(MODELS))
        connection.close()

    def _functions(self, cursor: RealDictCursor) -> tuple[Callable[..., Any], ...]:
        def ask(statement: str, **values: object) -> list[dict[str, Any]]:
            cursor.execute(statement, values)
            return [dict(row) for row in cursor.fetchall()]

        @cached(self._cache, ttl=900, namespace="users", key="user:{user_id}", tags=("users",))
        def user(user_id: int) -> dict[str, Any] | None:
            return next(iter(ask(USER, id=user_id)), None)

        @cached(self._cache, ttl=300, namespace="job_statistics", key="jobs:{user_id}", tags=("jobs",))
        def job_statistics(user_id: int) -> list[dict[str, Any]]:
            return ask(JOB_STATISTICS, user_id=user_id)

        @cached(self._cache, ttl=600, namespace="search", key="search:{user_id}:{model_name}", tags=("search",))
        def search(user_id: int, model_name: str) -> list[dict[str, Any]]:
            return ask(SEARCH, user_id=user_id, model_name=model_name)

        return user, job_statistics, search
