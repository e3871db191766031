"""Who may see and use Flower and the REST API."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from config.policies import duration
from config.sections.section import CountOrNone, Duration, Section


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
