import os
from datetime import timedelta

import pytest

from celeriac.errors import CeleriacError
from celeriac.indexes.policy import VerifyPolicy
from config.settings import PREFIX, SettingWrong, TargetUnknown, read


@pytest.fixture
def set_up(monkeypatch, tmp_path):
    """Read the settings from these variables alone."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CELERIAC_ENV_FILE", str(tmp_path / "env"))
    monkeypatch.setenv("CELERIAC_SECRETS_DIR", str(tmp_path))

    def read_with(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"CELERIAC_{name}", value)
        return read()

    return read_with


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TARGTS__MAIN__URL", "postgresql:///", "CELERIAC_TARGTS__MAIN__URL is wrong: .* perhaps targets is meant"),
        ("VERIFY__MIN_CALS", "1", "CELERIAC_VERIFY__MIN_CALS is wrong: .* perhaps min_calls is meant"),
        ("CACHE__LIFETIME__TTL", "1", "CELERIAC_CACHE__LIFETIME__TTL is wrong: .* perhaps ttl_s is meant"),
        ("REDIS__BROKER", "redis://", "CELERIAC_REDIS__BROKER is wrong: no such setting"),
        ("TARGETS__MAIN__URI", "postgresql:///", "CELERIAC_TARGETS__MAIN__URI is wrong: no such setting"),
        ("VERIFY__MIN_CALLS", "many", "CELERIAC_VERIFY__MIN_CALLS is wrong: input should be a valid integer"),
        ("VERIFY__BASELINE", "soon", "CELERIAC_VERIFY__BASELINE is wrong: input should be a valid timedelta"),
        ("LOOP__MODE", "yes", "CELERIAC_LOOP__MODE is wrong: input should be 'observe', 'approve' or 'auto'"),
        ("GUARDS__WINDOW", '["22:00"', "CELERIAC_GUARDS__WINDOW is wrong: not valid JSON"),
        ("GUARDS__WINDOW", '["22:00"]', "CELERIAC_GUARDS__WINDOW__1 is wrong: field required"),
        ("TARGETS", '{"main"', "CELERIAC_TARGETS is wrong: not valid JSON"),
        (
            "TARGETS__MAIN__URL",
            "mysql://root:hush@db/app",
            "MAIN__URL is wrong: not a PostgreSQL URL",
        ),
        ("TARGETS__MAIN__URL", "hush", "MAIN__URL is wrong: not a database URL"),
        (
            "TARGETS__MAIN__REPLICA_URLS",
            '["hush"]',
            "MAIN__REPLICA_URLS is wrong: not a database URL",
        ),
        ("REDIS__CACHE_URL", "http://hush", "CELERIAC_REDIS__CACHE_URL is wrong: not a Redis URL"),
        ("SCHEDULE__SPEED", "0", "CELERIAC_SCHEDULE__SPEED is wrong: input should be greater than 0"),
        ("DATABASE__LOCK_TIMEOUT", "-PT1S", "CELERIAC_DATABASE__LOCK_TIMEOUT is wrong: .* greater than or equal to"),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(set_up, name, value, sentence):
    with pytest.raises(SettingWrong, match=sentence) as failure:
        set_up(**{name: value})
    assert "hush" not in str(failure.value)
    assert str(failure.value).count("\n") == 0


def test_a_misspelt_secret_file_is_named(set_up, tmp_path):
    (tmp_path / "CELERIAC_FLOWER_PASSWORD").write_text("hush")
    with pytest.raises(SettingWrong, match="CELERIAC_FLOWER_PASSWORD is wrong"):
        set_up()


def test_a_misspelt_line_of_the_env_file_is_named(set_up, tmp_path):
    (tmp_path / "env").write_text("CELERIAC_LOP__MODE=auto\n")
    with pytest.raises(SettingWrong, match="perhaps loop is meant"):
        set_up()


def test_an_unknown_target_is_named_with_the_known_ones(set_up):
    settings = set_up(TARGETS__REPORTS__URL="postgresql:///", TARGETS__APP__URL="postgresql:///")
    with pytest.raises(TargetUnknown, match="'main' is not configured; known targets: app, reports"):
        settings.target("main")


def test_the_defaults_need_no_environment(set_up):
    settings = set_up()
    assert settings.target("main").url.get_secret_value() == "postgresql:///"
    assert settings.redis.broker_url.get_secret_value() == "redis://localhost:6379/0"
    assert settings.verify == VerifyPolicy()


def test_other_programs_names_in_the_env_file_do_not_matter(set_up, tmp_path):
    (tmp_path / "env").write_text("POSTGRES_PASSWORD=x\nCELERIAC_LOOP__MODE=approve\n")
    assert set_up().loop.mode == "approve"


def test_the_environment_comes_before_the_env_file_and_that_before_secrets(set_up, tmp_path):
    (tmp_path / "CELERIAC_FLOWER__USER").write_text("secret")
    (tmp_path / "CELERIAC_FLOWER__PASSWORD").write_text("hush")
    (tmp_path / "env").write_text("CELERIAC_FLOWER__USER=file\nCELERIAC_FLOWER__PORT=1\n")
    flower = set_up(FLOWER__PORT="2").flower
    assert (flower.user, flower.port, flower.password.get_secret_value()) == ("file", 2, "hush")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5s", 1.5), ("250ms", 0.25), ("10m", 600), ("24h", 86400), ("PT5S", 5)]
)
def test_durations_are_written_as_people_write_them(set_up, text, seconds):
    assert set_up(VERIFY__BASELINE=text).verify.baseline == timedelta(seconds=seconds)
    assert set_up(DATABASE__READ_TIMEOUT=text).database.read_timeout == timedelta(seconds=seconds)


def test_policies_take_pairs_lists_and_none(set_up):
    settings = set_up(
        GUARDS__WINDOW='["22:00", "05:00"]', VERIFY__QUARANTINE='["1d", "2d"]', ADVISOR__BUDGET_BYTES="none"
    )
    assert settings.guards.window == ("22:00", "05:00")
    assert settings.verify.quarantine == (timedelta(days=1), timedelta(days=2))
    assert settings.advisor.budget_bytes is None


def test_policies_within_policies_can_be_set(set_up):
    settings = set_up(CACHE__LIFETIME__TTL_S="5")
    assert settings.cache.lifetime.ttl_s == 5
    assert settings.cache.lifetime.jitter == 0.1


def test_a_target_has_its_own_mode_or_the_common_one(set_up):
    settings = set_up(
        TARGETS__A__URL="postgresql:///",
        TARGETS__B__URL="postgresql:///",
        TARGETS__B__MODE="auto",
        LOOP__MODE="approve",
    )
    assert (settings.loop_policy("a").mode, settings.loop_policy("b").mode) == ("approve", "auto")


def test_secrets_print_as_stars(set_up):
    settings = set_up(
        TARGETS__MAIN__URL="postgresql://u:hush@db/app",
        TARGETS__MAIN__REPLICA_URLS='["postgresql://u:hush@db2/app"]',
        REDIS__BROKER_URL="redis://:hush@q/0",
        FLOWER__PASSWORD="hush",
    )
    assert "hush" not in f"{settings!r}{settings!s}{settings.model_dump()}{settings.model_dump_json()}"


def test_an_error_is_a_sentence_and_survives_a_result_backend():
    error = SettingWrong(name="X", reason="no")
    assert isinstance(error, CeleriacError)
    assert str(SettingWrong(*error.args)) == str(error)
