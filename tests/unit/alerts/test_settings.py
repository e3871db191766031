"""Channels and rules as an operator writes them into the environment."""

import os
from datetime import timedelta

import pytest

from celeriac.alerts.rules import rules
from config.settings import PREFIX, SettingWrong, read
from tasks import channels


@pytest.fixture
def set_up(monkeypatch, tmp_path):
    """Read the settings from these variables alone."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CELERIAC_ENV_FILE", "")
    monkeypatch.setenv("CELERIAC_SECRETS_DIR", str(tmp_path))

    def read_with(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"CELERIAC_{name}", value)
        made = read()
        monkeypatch.setattr(channels, "settings", lambda: made)
        return made

    return read_with


def test_without_channels_the_log_is_told(set_up):
    assert {name: one.kind for name, one in set_up().channels.items()} == {"log": "log"}
    assert list(channels.senders()) == ["log"]


def test_channels_are_named_by_the_operator(set_up):
    set_up(
        CHANNELS__CHAT__KIND="slack",
        CHANNELS__CHAT__URL="https://hooks.example/hush",
        CHANNELS__BOSS__KIND="email",
        CHANNELS__BOSS__HOST="smtp.example",
        CHANNELS__BOSS__SENDER="celeriac@example.org",
        CHANNELS__BOSS__TO='["boss@example.org"]',
        CHANNELS__BOSS__PASSWORD="hush",
        CHANNELS__BOSS__SEVERITY="critical",
        CHANNELS__BOSS__AFTER="30m",
        CHANNELS__PAGER__KIND="alertmanager",
        CHANNELS__PAGER__URL="http://alertmanager.example/api/v2/alerts",
        CHANNELS__SHOP__KIND="task",
        CHANNELS__SHOP__TASK="shop.on_alert",
        CHANNELS__SHOP__QUEUE="shop",
        CHANNELS__HOOK__KIND="webhook",
        CHANNELS__HOOK__URL="https://hooks.example/hush",
    )
    made = channels.senders()
    assert {name: type(one).__name__ for name, one in made.items()} == {
        "chat": "Slack",
        "boss": "Email",
        "pager": "Alertmanager",
        "shop": "Task",
        "hook": "Webhook",
    }
    assert made["pager"].stays == timedelta(hours=8)
    assert "hush" not in repr(made)
    boss = next(one for one in channels.listeners() if one.name == "boss")
    assert (boss.severity, boss.after) == ("critical", timedelta(minutes=30))


def test_an_alertmanager_keeps_what_is_never_repeated(set_up):
    set_up(
        CHANNELS__PAGER__KIND="alertmanager",
        CHANNELS__PAGER__URL="http://alertmanager.example/api/v2/alerts",
        ALERTS__REPEAT_AFTER="0",
    )
    assert channels.senders()["pager"].stays == timedelta(days=365)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"CHANNELS__CHAT__KIND": "slack"}, "CHANNELS__CHAT is wrong: a channel of kind slack needs url"),
        ({"CHANNELS__CHAT__KIND": "email"}, "a channel of kind email needs host and sender and to"),
        ({"CHANNELS__CHAT__KIND": "task"}, "a channel of kind task needs task and queue"),
        ({"CHANNELS__CHAT__KIND": "pigeon"}, "CHANNELS__CHAT__KIND is wrong: input should be 'slack', "),
        ({"CHANNELS__CHAT__KIND": "slack", "CHANNELS__CHAT__URL": "ftp://hush"}, "its url is not an HTTP URL"),
        ({"ALERTS__RULES__CONNECTIONS__TRESHOLD": "1"}, "no such setting; perhaps threshold is meant"),
        ({"ALERTS__RULES__CONNECTIONS__SEVERITY": "bad"}, "input should be 'info', 'warning' or 'critical'"),
    ],
)
def test_what_is_wrong_is_told_without_the_secret(set_up, variables, sentence):
    with pytest.raises(SettingWrong, match=sentence) as failure:
        set_up(**variables)
    assert "hush" not in str(failure.value)


def test_rules_are_changed_and_added_by_their_names(set_up):
    made = set_up(
        ALERTS__RULES__CONNECTIONS__THRESHOLD="0.9",
        ALERTS__RULES__DEADLOCKS__OFF="true",
        ALERTS__RULES__BUSY__METRIC="celeriac_host_load",
        ALERTS__RULES__BUSY__THRESHOLD="16",
        ALERTS__RULES__BUSY__LABELS__MINUTES="5",
        ALERTS__RULES__BUSY__BY='["host"]',
        ALERTS__RULES__BUSY__LASTS="10m",
        ALERTS__RULES__IDLE='{"metric": "celeriac_host_load", "threshold": 0.1, "comparison": "<=", "once": true}',
    )
    chosen = {rule.name: rule for rule in rules(made.alerts.rules)}
    assert chosen["connections"].threshold == 0.9
    assert "deadlocks" not in chosen
    busy = chosen["busy"]
    assert (busy.labels, busy.by, busy.lasts) == ({"minutes": "5"}, ("host",), timedelta(minutes=10))
    assert (chosen["idle"].comparison, chosen["idle"].once) == ("<=", True)
