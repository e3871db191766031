"""The environment as typed settings: `CELERIAC_` names, `__` between levels, `.env` and a folder of secret files.

What is misspelt stops the start with one sentence that names the field; secrets are `SecretStr` and print as stars.
Each capability owns its thresholds and their reasons; they are only composed here. See docs/settings.md.
"""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from celeriac.alerts.policy import AlertPolicy
from celeriac.buffers.policy import BufferPolicy
from celeriac.cache.advise.policy import CacheAdvicePolicy
from celeriac.cache.analysis.policy import AnalysisPolicy, MendPolicy
from celeriac.cache.policy import CachePolicy
from celeriac.cache.warmers.policy import WarmPolicy
from celeriac.errors import CeleriacError
from celeriac.health.policy import HealthPolicy
from celeriac.indexes.policy import (
    AdvisorPolicy,
    BuildPolicy,
    GuardPolicy,
    LoopPolicy,
    PrunePolicy,
    ReindexPolicy,
    VerifyPolicy,
)
from celeriac.maintenance.policy import MaintenancePolicy
from celeriac.metrics.policy import MetricsPolicy
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.regressions.policy import RegressionPolicy
from config.policies import policy, suggest
from config.sections.servers import DatabaseSettings, RedisSettings, Target
from config.sections.surfaces import ApiSettings, FlowerSettings
from config.sections.telling import ChannelSettings, MonitoringSettings
from config.sections.working import LogSettings, ScheduleSettings, TaskSettings, WorkerSettings

PREFIX = "CELERIAC_"
SANDBOX = "CELERIAC_SANDBOX"
"""Names of the sandbox that tests and the demo run in; not settings of the application."""
ENV_FILE = "CELERIAC_ENV_FILE"
"""Names another file than `.env`; empty for none."""
SECRETS_DIR = "CELERIAC_SECRETS_DIR"
"""Names another folder than /run/secrets; a file there is named as the variable it stands for."""

TargetName = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]*$")]


class SettingWrong(CeleriacError):
    """Setting {name} is wrong: {reason}."""


class TargetUnknown(CeleriacError):
    """Target {target!r} is not configured; known targets: {known}."""


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",  # a .env holds other programs' names too; ours are checked by `_refuse_misspelt`
        frozen=True,
        hide_input_in_errors=True,
        secrets_dir_missing="ok",
    )

    role: Annotated[str, Field(pattern="^[a-z]+$")] = "worker"
    """What this process is (worker, ddl, beat, flower, api, migrate); shown in application_name and client_name."""
    targets: Annotated[dict[TargetName, Target], Field(min_length=1)] = {"main": Target()}
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    tasks: TaskSettings = TaskSettings()
    worker: WorkerSettings = WorkerSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    log: LogSettings = LogSettings()
    flower: FlowerSettings = FlowerSettings()
    api: ApiSettings = ApiSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    channels: dict[TargetName, ChannelSettings] = {"log": ChannelSettings(kind="log")}

    statements: Annotated[StatementPolicy, policy(StatementPolicy)] = StatementPolicy()
    regressions: Annotated[RegressionPolicy, policy(RegressionPolicy)] = RegressionPolicy()
    advisor: Annotated[AdvisorPolicy, policy(AdvisorPolicy)] = AdvisorPolicy()
    guards: Annotated[GuardPolicy, policy(GuardPolicy)] = GuardPolicy()
    builds: Annotated[BuildPolicy, policy(BuildPolicy)] = BuildPolicy()
    reindex: Annotated[ReindexPolicy, policy(ReindexPolicy)] = ReindexPolicy()
    prune: Annotated[PrunePolicy, policy(PrunePolicy)] = PrunePolicy()
    health: Annotated[HealthPolicy, policy(HealthPolicy)] = HealthPolicy()
    verify: Annotated[VerifyPolicy, policy(VerifyPolicy)] = VerifyPolicy()
    loop: Annotated[LoopPolicy, policy(LoopPolicy)] = LoopPolicy()
    cache: Annotated[CachePolicy, policy(CachePolicy)] = CachePolicy()
    warming: Annotated[WarmPolicy, policy(WarmPolicy)] = WarmPolicy()
    analysis: Annotated[AnalysisPolicy, policy(AnalysisPolicy)] = AnalysisPolicy()
    mending: Annotated[MendPolicy, policy(MendPolicy)] = MendPolicy()
    cache_advice: Annotated[CacheAdvicePolicy, policy(CacheAdvicePolicy)] = CacheAdvicePolicy()
    buffers: Annotated[BufferPolicy, policy(BufferPolicy)] = BufferPolicy()
    maintenance: Annotated[MaintenancePolicy, policy(MaintenancePolicy)] = MaintenancePolicy()
    metrics: Annotated[MetricsPolicy, policy(MetricsPolicy)] = MetricsPolicy()
    alerts: Annotated[AlertPolicy, policy(AlertPolicy)] = AlertPolicy()

    def target(self, name: str) -> Target:
        """Return a target's settings; raises TargetUnknown."""
        try:
            return self.targets[name]
        except KeyError:
            raise TargetUnknown(target=name, known=", ".join(sorted(self.targets))) from None

    def loop_policy(self, target: str) -> LoopPolicy:
        """Return the loop's policy with the target's own mode, where it has one."""
        return replace(self.loop, mode=self.target(target).mode or self.loop.mode)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic passes it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take, in this order: arguments, the environment, `.env`, secret files."""
        return init_settings, env_settings, dotenv_settings, NestedSecretsSettingsSource(file_secret_settings)


@cache
def settings() -> Settings:
    """Return this process's settings, read once; raises SettingWrong."""
    return read()


def read(**given: Any) -> Settings:
    """Read the settings afresh, `given` ones before all others; raises SettingWrong for the first that is wrong."""
    env_file = Path(os.environ.get(ENV_FILE, ".env"))
    secrets = Path(os.environ.get(SECRETS_DIR, "/run/secrets"))
    _refuse_misspelt(env_file, secrets)
    build: Callable[..., Settings] = Settings
    try:
        return build(
            _env_file=env_file if env_file.is_file() else None,
            _secrets_dir=secrets if secrets.is_dir() else None,
            **given,
        )
    except ValidationError as error:
        raise _sentence(error) from None
    except SettingsError as error:  # its sentence names the field and repeats no value
        name = re.search(r'field "(\w+)"', str(error))
        raise SettingWrong(name=variable(name.group(1) if name else "?"), reason="not valid JSON") from None


def variable(*path: object) -> str:
    """Return the environment's name of a setting.

    >>> variable("redis", "cache_url")
    'CELERIAC_REDIS__CACHE_URL'
    """
    return PREFIX + "__".join(str(part) for part in path).upper()


def _refuse_misspelt(env_file: Path, secrets: Path) -> None:
    names = {*os.environ, *(dotenv_values(env_file) if env_file.is_file() else ())}
    if secrets.is_dir():
        names |= {path.name for path in secrets.iterdir()}
    for name in sorted(names - {ENV_FILE, SECRETS_DIR}):
        if name.upper().startswith(PREFIX) and not name.upper().startswith(SANDBOX):
            field = name[len(PREFIX) :].lower().partition("__")[0]
            if field not in Settings.model_fields:
                raise SettingWrong(name=name, reason=f"no such setting; {suggest(field, tuple(Settings.model_fields))}")


def _sentence(error: ValidationError) -> SettingWrong:
    first = error.errors(include_url=False, include_input=False)[0]
    context = first.get("ctx", {})
    path = (*first["loc"], *([context["field"]] if "field" in context else []))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "no such setting"
    return SettingWrong(name=variable(*path), reason=message[:1].lower() + message[1:])
