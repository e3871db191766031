"""The environment as typed settings: `CELERIAC_` names, `__` between levels, `.env` and a folder of secret files.

What is misspelt stops the start with one sentence that names the field; secrets are `SecretStr` and print as stars.
Each capability owns its thresholds and their reasons; they are only composed here. See docs/settings.md.
"""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from celeriac.alerts.policy import AlertPolicy
from celeriac.alerts.rule import Severity
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
    Mode,
    PrunePolicy,
    ReindexPolicy,
    VerifyPolicy,
)
from celeriac.maintenance.policy import MaintenancePolicy
from celeriac.metrics.policy import MetricsPolicy
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.regressions.policy import RegressionPolicy
from config.policies import duration, policy, suggest

PREFIX = "CELERIAC_"
SANDBOX = "CELERIAC_SANDBOX"
"""Names of the sandbox that tests and the demo run in; not settings of the application."""
ENV_FILE = "CELERIAC_ENV_FILE"
"""Names another file than `.env`; empty for none."""
SECRETS_DIR = "CELERIAC_SECRETS_DIR"
"""Names another folder than /run/secrets; a file there is named as the variable it stands for."""

Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Duration = Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(0))]
TargetName = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]*$")]


class SettingWrong(CeleriacError):
    """Setting {name} is wrong: {reason}."""


class TargetUnknown(CeleriacError):
    """Target {target!r} is not configured; known targets: {known}."""


class Section(BaseModel):
    """A group of settings that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Target(Section):
    """One database that is being optimised."""

    url: SecretStr = SecretStr("postgresql:///")
    """libpq fills what is missing from its own environment (PGHOST, PGUSER, PGPASSWORD, a service file)."""
    replica_urls: tuple[SecretStr, ...] = ()
    """Read replicas: the advisor plans and the warmers read there."""
    state_url: SecretStr | None = None
    """Where the ledger lives; the target itself by default."""
    cache_url: SecretStr | None = None
    """The Redis that caches for this target; `redis.cache_url` by default."""
    mode: Mode | None = None
    """observe, approve or auto; `loop.mode` by default."""

    @field_validator("url", "state_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _check_database_url(url)
        return url

    @field_validator("replica_urls")
    @classmethod
    def _are_postgresql(cls, urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for url in urls:
            _check_database_url(url)
        return urls

    @field_validator("cache_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _check_redis_url(url)
        return url


class DatabaseSettings(Section):
    """How we connect to PostgreSQL."""

    pool_size: Count = 20
    """Connections that each process keeps for each target and purpose."""
    max_overflow: CountOrNone = 30
    """How many more it may open under load."""
    recycle: Duration = timedelta(hours=1)
    """A connection older than this is replaced."""
    connect_timeout_s: Count = 5
    """How long a connection may take to open, or to come free."""
    read_timeout: Duration = timedelta(seconds=30)
    """statement_timeout of every read; a read of ours must never be what slows the database."""
    lock_timeout: Duration = timedelta(seconds=2)
    """lock_timeout of every change: longer and a queue of writers forms behind us."""
    slow_after: Duration = timedelta(seconds=1)
    """A statement of ours that takes longer is logged as a warning, with its fingerprint."""
    very_slow_after: Duration = timedelta(seconds=5)
    """From here on as an error."""


class RedisSettings(Section):
    """The three roles of Redis; in production the cache is another instance than the broker."""

    broker_url: SecretStr = SecretStr("redis://localhost:6379/0")
    """Where tasks queue: noeviction and persistent."""
    results_url: SecretStr = SecretStr("redis://localhost:6379/0")
    """Where results, leases and counters are kept: noeviction."""
    cache_url: SecretStr = SecretStr("redis://localhost:6379/0")
    """The cache that is being optimised and warmed."""
    max_connections: Count = 50
    """Of one pool in one process."""
    socket_timeout_s: Positive = 10.0
    """How long one command may take."""
    connect_timeout_s: Positive = 5.0
    """How long a connection may take to open, or to come free."""
    health_check_s: CountOrNone = 25
    """A connection idle for longer is asked before it is used."""
    retries: CountOrNone = 3
    """Of one command after a connection was lost, with back-off and jitter."""

    @field_validator("broker_url", "results_url", "cache_url")
    @classmethod
    def _is_redis(cls, url: SecretStr) -> SecretStr:
        _check_redis_url(url)
        return url


class TaskSettings(Section):
    """Limits of the tasks."""

    time_limit: Duration = timedelta(minutes=15)
    """Of every other task; longer and its process is killed."""
    ddl_time_limit: Duration = timedelta(hours=5)
    """Of tasks on the queue celeriac.ddl: a concurrent build of a large index takes hours."""
    soft_margin: Duration = timedelta(seconds=30)
    """The soft limit strikes this long before the hard one, so that a statement can still be cancelled."""
    visibility_timeout: Duration = timedelta(hours=6)
    """Redis delivers a message again after this time even while it runs: it must exceed every time limit."""
    result_expires: Duration = timedelta(days=1)
    """How long a result can be fetched by its id."""
    lease: Duration = timedelta(seconds=60)
    """A run's lease, renewed at a quarter of it; so long a crashed run keeps others out."""
    max_retries: CountOrNone = 5
    """After lost connections and lost worker processes; nothing else is retried."""
    retry_backoff_s: Count = 2
    """The first wait; each further one is twice as long, with jitter."""
    retry_backoff_max_s: Count = 300
    """The longest wait."""


class WorkerSettings(Section):
    """How a worker process lives and dies."""

    concurrency: Count = 4
    """Tasks at a time in a general worker; they mostly wait for the database. The DDL worker always does one."""
    max_tasks_per_child: Count = 500
    """A worker process is replaced after so many tasks."""
    max_memory_per_child_kib: Annotated[int, Field(ge=50_000)] = 300_000
    """A worker process that has grown beyond it is replaced after its task."""
    soft_shutdown: Duration = timedelta(seconds=45)
    """The grace period of the platform less 15 s; needs REMAP_SIGTERM=SIGQUIT in the environment."""
    alive_file: Path | None = None
    """Touched each second while the worker's loop turns; a probe asks for its age."""
    ready_file: Path | None = None
    """There while the worker takes tasks."""
    beat_state_file: Path = Path("celerybeat-schedule")
    """Where beat remembers when each entry last ran."""


class ScheduleSettings(Section):
    """Changes to beat_schedule.py without touching it."""

    speed: Positive = 1.0
    """Every period is divided by it; the demo runs at 60."""
    every: dict[str, Duration] = {}
    """Periods by entry name (statements_capture=5s); 0 turns an entry off."""


class LogSettings(Section):
    """What the log looks like."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """What is logged at least."""
    json_lines: bool = False
    """One JSON object a line instead of text."""


class FlowerSettings(Section):
    """Who may see Flower."""

    user: str = "celeriac"
    """The name that Flower asks for."""
    password: SecretStr | None = None
    """Without a password Flower does not start."""
    port: Annotated[int, Field(ge=0, le=65535)] = 5555
    """Where Flower listens."""
    address: str = ""
    """The interface Flower listens on; all by default."""
    url_prefix: str = ""
    """The path that a proxy puts before Flower."""
    db: Path | None = None
    """Keeps Flower's task list across restarts."""


class ApiSettings(Section):
    """Who may use the REST API, and how much of it."""

    address: str = "127.0.0.1"
    """The interface the API listens on; the image says 0.0.0.0."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Where the API listens."""
    url_prefix: Annotated[str, Field(pattern="^(/[A-Za-z0-9_-]+)*$")] = ""
    """The path that a proxy puts before the API."""
    secret: SecretStr | None = None
    """Verifies HS256 tokens; 32 bytes at least. Of secret, public_key and jwks_url give one: without any, the API answers 503."""  # noqa: E501
    public_key: SecretStr | None = None
    """Verifies RS256 or EdDSA tokens: a PEM text."""
    jwks_url: Annotated[str, Field(pattern="^https?://")] | None = None
    """Verifies RS256 or EdDSA tokens by the keys that an identity provider publishes there."""
    jwks_keep: Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(seconds=1))] = timedelta(minutes=5)
    """How long the published keys are kept; an unknown key id asks again, at most every 30 s."""
    algorithms: Annotated[tuple[Literal["HS256", "RS256", "EdDSA"], ...], Field(min_length=1)] = (
        "HS256",
        "RS256",
        "EdDSA",
    )
    """What tokens may be signed by, as far as the kind of key fits: HS256 never by a public one."""
    issuer: str = ""
    """What a token's `iss` must be; needed."""
    audience: str = "celeriac"
    """What a token's `aud` must hold."""
    leeway: Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(0), le=timedelta(seconds=30))] = (
        timedelta(seconds=10)
    )
    """By how much clocks may differ, 30 s at most."""
    cors_origins: tuple[Annotated[str, Field(pattern="^https?://[^/*]+$")], ...] = ()
    """Origins whose pages may call the API from a browser; none by default."""
    wait: Duration = timedelta(seconds=30)
    """How long a POST waits for its task where it does not say; then it answers 202."""
    longest_wait: Duration = timedelta(seconds=120)
    """The most that a request may ask to wait."""
    task_expires: Duration = timedelta(minutes=10)
    """What found no worker within it is not run: whoever asked has long gone."""
    answer_within: Duration = timedelta(seconds=15)
    """A read that takes longer is answered 503, so that no request hangs with a server that does."""
    fresh_for: Duration = timedelta(seconds=2)
    """For so long a read is answered from this process's memory."""
    reads_per_minute: CountOrNone = 6_000
    """GETs of one subject in each process; 0 is no limit."""
    changes_per_minute: CountOrNone = 60
    """Everything else of one subject in all processes; 0 is no limit."""

    @field_validator("secret")
    @classmethod
    def _is_long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        # https://www.rfc-editor.org/rfc/rfc7518#section-3.2: a key of the hash's size or larger.
        if secret is not None and len(secret.get_secret_value().encode()) < 32:
            raise ValueError("shorter than 32 bytes; `openssl rand -base64 48` makes one")
        return secret

    @model_validator(mode="after")
    def _has_one_key(self) -> "ApiSettings":
        if sum(key is not None for key in (self.secret, self.public_key, self.jwks_url)) > 1:
            raise ValueError("give one of secret, public_key and jwks_url: which of them decides must be clear")
        return self


class MonitoringSettings(Section):
    """How others watch us: a scraper, a dead man's switch, and the workers each other."""

    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where a general worker serves Prometheus at /metrics; 0 for not at all."""
    address: str = "127.0.0.1"
    """The interface it listens on; /metrics asks for no password, so let no stranger reach it."""
    heartbeat_url: SecretStr | None = None
    """Called after each round of alerts while capture and beat go on; whoever watches it raises the alarm when calls cease."""  # noqa: E501
    watch_every: Duration = timedelta(seconds=30)
    """How often each worker looks whether alerts are still evaluated, and sends the task itself where they are not."""
    overdue_after: Duration = timedelta(minutes=2)
    """When they count as not evaluated any more."""


class ChannelSettings(Section):
    """One way to tell somebody of alerts."""

    kind: Literal["slack", "alertmanager", "webhook", "email", "log", "task"]
    """slack (Mattermost too), alertmanager (its API v2), webhook (Alertmanager's webhook body), email, log or task."""
    severity: Severity = "info"
    """The mildest that is told here: info, warning or critical."""
    after: Duration = timedelta(0)
    """Escalation: told only of what has fired for so long and nobody acknowledged."""
    timeout_s: Positive = 10.0
    """How long the receiver may take for an answer."""
    url: SecretStr | None = None
    """Of slack, alertmanager (ends in /api/v2/alerts) and webhook."""
    host: str | None = None
    """The mail server; of email, as all down to `ca_file`."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted."""
    user: str | None = None
    """Whom to log in as; without one nobody logs in."""
    password: SecretStr | None = None
    """The password of that user."""
    sender: str | None = None
    """Who writes."""
    to: tuple[str, ...] = ()
    """Who receives."""
    ca_file: Path | None = None
    """Certificates of an authority of one's own; the system's by default."""
    task: str | None = None
    """The receiver's own Celery task; of task."""
    queue: str | None = None
    """The queue its worker takes from."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "ChannelSettings":
        needed = {"email": ("host", "sender", "to"), "task": ("task", "queue"), "log": ()}.get(self.kind, ("url",))
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"a channel of kind {self.kind} needs {' and '.join(missing)}")
        if self.url is not None and not re.match("https?://", self.url.get_secret_value()):
            raise ValueError("its url is not an HTTP URL; write https://host/path")
        return self


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


def _check_database_url(url: SecretStr) -> None:
    try:
        parsed = make_url(url.get_secret_value())
    except ArgumentError:
        raise ValueError("not a database URL; write postgresql://user:password@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("not a PostgreSQL URL; write postgresql://user:password@host:5432/database")


def _check_redis_url(url: SecretStr) -> None:
    scheme = url.get_secret_value().partition("://")[0]
    if scheme not in {"redis", "rediss", "unix", "redis+socket"}:
        raise ValueError("not a Redis URL; write redis://:password@host:6379/0")
