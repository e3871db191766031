"""Coroutines that are run on the spot."""

import asyncio

import pytest

from celeriac.cache.completion import completed


def test_an_exception_comes_out_as_it_is():
    async def fail() -> None:
        raise KeyError("a")

    with pytest.raises(KeyError):
        completed(fail())


def test_a_stop_iteration_of_a_callers_function_stays_one():
    async def exhausted() -> None:
        next(iter([]))

    with pytest.raises(StopIteration):
        completed(exhausted())


def test_another_runtime_error_stays_what_it_is():
    async def fail() -> None:
        raise RuntimeError("a caller's own")

    with pytest.raises(RuntimeError, match="a caller's own"):
        completed(fail())


def test_a_coroutine_that_suspends_is_a_mistake_of_ours():
    with pytest.raises(RuntimeError, match="suspended"):
        completed(asyncio.sleep(0))
