"""`@cached`: keys, forgetting, methods, and results that JSON cannot say."""

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from celeriac.cache import Cache, Lifetime, cached
from celeriac.cache.errors import KeyRefused, LifetimeRefused, NotJson


@dataclass(frozen=True)
class User:
    id: int
    since: datetime


@pytest.fixture
def calls() -> list:
    return []


def test_a_template_that_names_no_parameter_is_refused_at_once(cache: Cache):
    with pytest.raises(KeyRefused, match="nothing is called user; known: user_id"):

        @cached(cache, key="user:{user}")
        def user(user_id: int) -> int:
            return user_id


def test_a_ttl_that_makes_no_sense_is_refused_at_once(cache: Cache):
    with pytest.raises(LifetimeRefused):
        cached(cache, ttl=timedelta(0))


def test_an_argument_that_makes_no_key_is_refused(cache: Cache):
    @cached(cache)
    def of(thing: object) -> int:
        return 1

    with pytest.raises(KeyRefused, match="an argument of type object cannot be a cache key"):
        of(object())


def test_a_result_that_is_not_json_is_refused(cache: Cache):
    @cached(cache)
    def users() -> set:
        return {1}

    with pytest.raises(NotJson):
        users()


def test_wrong_arguments_fail_as_the_function_would(cache: Cache):
    @cached(cache)
    def user(user_id: int) -> int:
        return user_id

    with pytest.raises(TypeError, match="user_id"):
        user()


def test_one_call_however_it_is_spelt_is_computed_once(cache: Cache, calls: list):
    @cached(cache)
    def jobs(user_id: int, status: str = "done", *, limit: int = 5) -> list:
        calls.append((user_id, status, limit))
        return [user_id, status, limit]

    answers = [jobs(1), jobs(user_id=1), jobs(1, "done"), jobs(status="done", user_id=1, limit=5)]
    assert answers == [[1, "done", 5]] * 4
    assert jobs(1, "failed") == [1, "failed", 5]
    assert calls == [(1, "done", 5), (1, "failed", 5)]


def test_arguments_of_different_type_are_different_calls(cache: Cache, calls: list):
    @cached(cache)
    def kind(value: object) -> str:
        calls.append(value)
        return type(value).__name__

    day = datetime(2026, 1, 1, tzinfo=UTC)
    values = [1, "1", 1.0, True, None, (1, 2), {"a": 1}, day, UUID(int=1), frozenset({1}), "a:b", "x" * 500]
    assert [kind(value) for value in values] == [type(value).__name__ for value in values]
    assert [kind(value) for value in values] == [type(value).__name__ for value in values]
    assert len(calls) == len(values)


def test_values_in_a_template_cannot_run_into_each_other(cache: Cache):
    @cached(cache, key="{a}:{b}")
    def pair(a: str, b: str) -> list:
        return [a, b]

    assert pair("x:y", "z") == ["x:y", "z"]
    assert pair("x", "y:z") == ["x", "y:z"]


def test_one_call_is_forgotten_alone(cache: Cache, calls: list):
    @cached(cache, key="user:{user_id}")
    def user(user_id: int) -> int:
        calls.append(user_id)
        return user_id

    user(1), user(2)
    assert user.key(1) == "user:1"
    assert user.invalidate(user_id=1)
    user(1), user(2)
    assert calls == [1, 2, 1]


def test_all_calls_are_forgotten_together(cache: Cache, other: Cache, calls: list):
    @cached(cache)
    def user(user_id: int) -> int:
        calls.append(user_id)
        return user_id

    user(1), user(2)
    assert user.invalidate_all()
    user(1)
    assert other.invalidate(namespace=user.namespace)
    user(1)
    assert calls == [1, 2, 1, 1]


def test_a_tag_with_an_argument_in_it_forgets_what_belongs_to_it(cache: Cache, other: Cache, calls: list):
    @cached(cache, tags=("user:{user_id}", "jobs"))
    def jobs(user_id: int, status: str) -> int:
        calls.append((user_id, status))
        return 1

    jobs(1, "done"), jobs(1, "failed"), jobs(2, "done")
    other.invalidate(tags=("user:1",))
    jobs(1, "done"), jobs(2, "done")
    assert calls == [(1, "done"), (1, "failed"), (2, "done"), (1, "done")]


def test_a_refresh_computes_whatever_is_cached(cache: Cache, calls: list):
    @cached(cache)
    def count() -> int:
        calls.append(1)
        return len(calls)

    assert [count(), count(), count.refresh(), count()] == [1, 1, 2, 2]


def test_a_key_function_chooses_what_matters(cache: Cache, calls: list):
    @cached(cache, key=lambda _, user_id: f"user:{user_id}")
    def user(_: object, user_id: int) -> int:
        calls.append(user_id)
        return user_id

    user(object(), 1), user(object(), 1)
    assert calls == [1]


def test_a_method_is_cached_by_what_its_template_names(cache: Cache, calls: list):
    class Users:
        @cached(cache, key="user:{user_id}")
        def one(self, user_id: int) -> int:
            calls.append(user_id)
            return user_id

    assert Users().one(1) == Users().one(1) == 1
    assert calls == [1]


def test_a_new_version_leaves_old_entries_behind(cache: Cache):
    def user(user_id: int) -> str:
        return "old"

    def newer(user_id: int) -> str:
        return "new"

    assert cached(cache, namespace="users", key="{user_id}", version=1)(user)(1) == "old"
    assert cached(cache, namespace="users", key="{user_id}", version=2)(newer)(1) == "new"


def test_what_json_cannot_say_is_dumped_and_loaded(cache: Cache, calls: list):
    @cached(cache, dump=asdict, load=lambda found: User(found["id"], datetime.fromisoformat(found["since"])))
    def user(user_id: int) -> User:
        calls.append(user_id)
        return User(user_id, datetime(2026, 1, 1, tzinfo=UTC))

    assert user(1) == user(1) == user.refresh(1) == User(1, datetime(2026, 1, 1, tzinfo=UTC))
    assert calls == [1, 1]


def test_the_lifetime_is_the_decorators(cache: Cache, redis_url: str, calls: list):
    @cached(cache, ttl=0.05, lifetime=Lifetime(jitter=0))
    def count() -> int:
        calls.append(1)
        return len(calls)

    assert count() == 1
    time.sleep(0.06)
    assert count() == 2
