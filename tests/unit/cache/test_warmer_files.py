"""Warmers from a file: each mistake is one sentence that names the warmer."""

import pytest

from celeriac.cache.warmers import TaskWarmer, WarmersUnreadable, read
from sandbox import sample

GOOD = """
[[warmer]]
name = "users"
namespace = "users"
key = "user:{id}"
ttl_s = 60
query = "SELECT id FROM users"
"""


TASK = """
[[warmer]]
name = "carts"
namespace = "carts"
task = "shop.warm_cart"
queue = "shop"
"""


@pytest.fixture
def refuses(tmp_path):
    def check(toml: str, sentence: str) -> None:
        path = tmp_path / "warmers.toml"
        path.write_text(toml, encoding="utf-8")
        with pytest.raises(WarmersUnreadable) as refusal:
            read(path)
        assert sentence in str(refusal.value)
        assert "\n" not in str(refusal.value)

    return check


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("x = ", "it is not TOML"),
        ("[warmer]\nname = 'a'", "write [[warmer]], with two brackets"),
        ("[[warmers]]\nname = 'a'", "'warmers' is not known"),
        (GOOD.replace("ttl_s", "ttl"), "no field 'ttl'; did you mean ttl_s?"),
        (GOOD.replace("ttl_s = 60\n", ""), "Warmer 'users' cannot be used: it lacks ttl_s"),
        (GOOD.replace("60", '"60"'), "ttl_s must be a number, not '60'"),
        (GOOD.replace("60", "true"), "ttl_s must be a number, not True"),
        (GOOD.replace("60", "0"), "ttl_s=0"),
        (GOOD + "shape = 'list'", 'shape is "row" or "rows", not \'list\''),
        (GOOD + "priority = 10", "priority is 0 (first) to 9 (last), not 10"),
        (GOOD + "tags = [1]", "tags must be a list of texts"),
        (GOOD.replace("{id}", "{"), "the template 'user:{' cannot be a cache key"),
        (GOOD.replace('namespace = "users"', 'namespace = "a:b"'), "'a:b' cannot name a namespace"),
        (GOOD + GOOD, "two warmers have this name"),
        (GOOD.replace("SELECT id FROM users", "SELEC id"), "its query is not SQL"),
        (GOOD.replace("SELECT id FROM users", "SELECT 1; SELECT 2"), "its query is 2 statements"),
        (GOOD.replace("SELECT id FROM users", ""), "its query is 0 statements"),
        (GOOD.replace("SELECT id FROM users", "DELETE FROM users"), "its query must be a SELECT"),
        (GOOD.replace("SELECT id", "SELECT id INTO x"), "its query writes a table"),
        (GOOD.replace("FROM users", "FROM users FOR UPDATE"), "its query locks rows"),
        (
            GOOD.replace("SELECT id FROM users", "WITH x AS (DELETE FROM users RETURNING id) SELECT id FROM x"),
            "its WITH x changes data",
        ),
        (GOOD + "parameter_query = 'DROP TABLE users'", "its query must be a SELECT"),
        (GOOD + "replay_query = 'DROP TABLE users'", "its query must be a SELECT"),
        (GOOD + "replay_query = 'SELECT :uid'", "its replay_query asks for uid, which its key does not hold"),
        (GOOD + "task = 'shop.warm'", "it has a query and a task; it can be one of the two"),
        (TASK + "ttl_s = 60", "it has no field 'ttl_s'; there are: name, task, queue"),
        (TASK.replace('queue = "shop"', ""), "it lacks queue"),
        (TASK.replace('"shop"', '""'), "it needs the names of a task and of its owner's queue"),
        (TASK + "expires_s = 0", "expires_s is a second at least, not 0"),
        (TASK + "priority = -1", "priority is 0 (first) to 9 (last), not -1"),
        (TASK + "key = 'user:{'", "the template 'user:{' cannot be a cache key"),
        (TASK + "parameter_query = 'DELETE FROM users'", "its query must be a SELECT"),
    ],
)
def test_a_mistake_is_one_sentence(refuses, wrong, sentence):
    refuses(wrong, sentence)


def test_a_task_is_a_warmer_too(tmp_path):
    (tmp_path / "tasks.toml").write_text(TASK + "key = 'cart:{user_id}'\nparameters = { deep = true }")
    (warmer,) = read(tmp_path / "tasks.toml")
    assert isinstance(warmer, TaskWarmer)
    assert (warmer.task, warmer.queue, warmer.key, warmer.parameters) == (
        "shop.warm_cart", "shop", "cart:{user_id}", {"deep": True},
    )  # fmt: skip


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(WarmersUnreadable, match="No such file"):
        read(tmp_path / "none.toml")


def test_the_samples_warmers_are_read():
    from pathlib import Path

    warmers = read(Path(sample.__file__).parent / "warmers.toml")
    assert [warmer.name for warmer in warmers] == ["user_data", "job_statistics", "search_results"]


def test_an_empty_file_has_no_warmers(tmp_path):
    (tmp_path / "none.toml").write_text("")
    assert read(tmp_path / "none.toml") == ()
