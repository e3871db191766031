"""Who a bearer token says is calling, believed only where its signature, times, issuer and audience hold.

The kind of the configured key decides how a token may be signed, never the token: a public key is no HMAC secret, and
`none` is no algorithm. https://www.rfc-editor.org/rfc/rfc8725
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from celeriac.errors import CeleriacError
from config.sections.surfaces import ApiSettings

REQUIRED: Final = ("exp", "sub", "aud", "iss")
LONGEST: Final = 8_192
FETCH_TIMEOUT_S: Final = 5.0
_SMALLEST_RSA_BITS: Final = 2_048
_SUBJECT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class TokenWrong(CeleriacError):
    """{reason}."""


class NotConfigured(CeleriacError):
    """The API has no key to verify tokens by ({reason}); until it has one it serves nobody."""


class KeysAway(CeleriacError):
    """The keys that tokens are verified by cannot be fetched from the identity provider; ask again in some seconds."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what for they may."""

    subject: str
    scopes: frozenset[str]
    expires_at: float | None = None

    def may(self, verb: str, target: str) -> bool:
        """Say whether a scope allows this on a target: of every target, or of this one.

        >>> Caller("ann", frozenset({"performance:read:main"})).may("read", "main")
        True
        >>> Caller("ann", frozenset({"performance:read:main"})).may("read", "other")
        False
        """
        return f"performance:{verb}" in self.scopes or f"performance:{verb}:{target}" in self.scopes

    def may_at_all(self, verb: str) -> bool:
        """Say whether any scope allows this on any target."""
        return any(scope == f"performance:{verb}" or scope.startswith(f"performance:{verb}:") for scope in self.scopes)


@dataclass(frozen=True, slots=True)
class Verifier:
    """The key in force, and everything that a token must say."""

    key: Callable[[str], Any]
    """Finds the key for a token; may block where keys are published."""
    algorithms: tuple[str, ...]
    issuer: str
    audience: str
    leeway_s: float
    blocks: bool
    """The key may have to be fetched."""

    def verify(self, token: str) -> Caller:
        """Return who calls; raises TokenWrong, KeysAway."""
        if len(token) > LONGEST:
            raise TokenWrong(reason="The token is too long")
        try:
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=[*self.algorithms],
                audience=self.audience,
                issuer=self.issuer,
                leeway=self.leeway_s,
                options={"require": [*REQUIRED]},
            )
        except jwt.PyJWTError as error:
            raise TokenWrong(reason=_reason(error)) from None
        return _caller(claims)

    def _key(self, token: str) -> Any:
        algorithm = jwt.get_unverified_header(token).get("alg")
        if algorithm not in self.algorithms:
            raise TokenWrong(reason="The token is signed by an algorithm that is not accepted")
        return self.key(token)


def verifier(settings: ApiSettings) -> Verifier:
    """Return what verifies tokens; raises NotConfigured."""
    if not settings.issuer:
        raise NotConfigured(reason="CELERIAC_API__ISSUER is not set")
    if settings.secret is not None:
        secret = settings.secret.get_secret_value()
        return _verifier(settings, lambda _token: secret, ("HS256",))
    if settings.public_key is not None:
        key, family = _public(settings.public_key.get_secret_value())
        return _verifier(settings, lambda _token: key, family)
    if settings.jwks_url is not None:
        client = jwt.PyJWKClient(
            settings.jwks_url, lifespan=settings.jwks_keep.total_seconds(), timeout=FETCH_TIMEOUT_S
        )
        return _verifier(settings, lambda token: _published(client, token), ("RS256", "EdDSA"), blocks=True)
    raise NotConfigured(reason="none of CELERIAC_API__SECRET, __PUBLIC_KEY and __JWKS_URL is set")


def _verifier(
    settings: ApiSettings, key: Callable[[str], Any], family: Iterable[str], *, blocks: bool = False
) -> Verifier:
    algorithms = tuple(name for name in family if name in settings.algorithms)
    if not algorithms:
        raise NotConfigured(reason="CELERIAC_API__ALGORITHMS leaves none that fits the key")
    return Verifier(key, algorithms, settings.issuer, settings.audience, settings.leeway.total_seconds(), blocks)


def _public(pem: str) -> tuple[Any, tuple[str, ...]]:
    try:
        key = load_pem_public_key(pem.replace("\\n", "\n").encode())
    except (ValueError, UnsupportedAlgorithm):
        raise NotConfigured(reason="CELERIAC_API__PUBLIC_KEY is no public key in PEM") from None
    if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_RSA_BITS:
        return key, ("RS256",)
    if isinstance(key, Ed25519PublicKey):
        return key, ("EdDSA",)
    raise NotConfigured(reason="CELERIAC_API__PUBLIC_KEY is neither RSA of 2048 bits or more nor Ed25519")


def _published(client: jwt.PyJWKClient, token: str) -> Any:
    """Return the published key that a token names; one of another kind than its algorithm is refused by PyJWT."""
    try:
        found = client.get_signing_key_from_jwt(token)
    except jwt.PyJWKClientConnectionError:
        raise KeysAway from None
    if found.key_type not in ("RSA", "OKP"):  # a published symmetric key is no secret
        raise TokenWrong(reason="The token names a key that is not accepted")
    return found.key


def _caller(claims: dict[str, Any]) -> Caller:
    subject = claims["sub"]
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise TokenWrong(reason="The token's subject is not a name")
    scopes = frozenset(scope for claim in ("scope", "scp") for scope in _scopes(claims.get(claim)))
    return Caller(subject, scopes, float(claims["exp"]))


def _scopes(claim: Any) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [one for one in claim if isinstance(one, str)] if isinstance(claim, list) else []


def _reason(error: jwt.PyJWTError) -> str:
    """Say what is wrong without repeating what was given."""
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return "The token is not valid"


_REASONS: Final[tuple[tuple[type[jwt.PyJWTError], str], ...]] = (
    (jwt.ExpiredSignatureError, "The token has expired"),
    (jwt.ImmatureSignatureError, "The token is not valid yet"),
    (jwt.InvalidAudienceError, "The token is for another audience"),
    (jwt.InvalidIssuerError, "The token is of another issuer"),
    (jwt.MissingRequiredClaimError, f"The token lacks one of {', '.join(REQUIRED)}"),
    (jwt.InvalidAlgorithmError, "The token is signed by an algorithm that is not accepted"),
    (jwt.InvalidSignatureError, "The token's signature is not valid"),
    (jwt.PyJWKClientError, "The token names a key that is not known"),
)
