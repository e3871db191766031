"""Who may do what where: by a token of ours to verify, or by the word of the application that mounts the router.

A host application authenticates in its own way and says so by `admit`; a request that nobody admitted needs a token.
"""

import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final
from urllib.parse import quote

from anyio import to_thread
from fastapi import Depends, Query, Request
from fastapi.security import HTTPBearer

from config.sections.surfaces import ApiSettings
from config.settings import settings
from web.api.limits import Reads, count_change
from web.api.problems import Problem
from web.api.tokens import Caller, KeysAway, NotConfigured, TokenWrong, Verifier, verifier

logger = logging.getLogger(__name__)

_ADMITTED: Final = "celeriac_caller"
_reads = Reads()
_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A JWT with exp, sub, aud, iss and scope.")

TargetName = Annotated[
    str,
    Query(
        pattern="^[a-z][a-z0-9_-]{0,62}$",
        description="The configured name of the database.",
        examples=["main"],
    ),
]


@dataclass(frozen=True, slots=True)
class Permit:
    """A caller who may do what the endpoint does on this target."""

    caller: Caller
    target: str

    @property
    def actor(self) -> str:
        """Who stands in the audit."""
        return f"api:{self.caller.subject}"


def admit(request: Request, subject: str, scopes: Iterable[str]) -> None:
    """Let a request in that the host application has authenticated, with what its user may."""
    setattr(request.state, _ADMITTED, Caller(subject, frozenset(scopes)))


async def caller(request: Request, _documented: Annotated[Any, Depends(_scheme)] = None) -> Caller:
    """Return who calls; raises Problem 401, and 503 where nothing can be verified."""
    admitted = getattr(request.state, _ADMITTED, None)
    if isinstance(admitted, Caller):
        return admitted
    try:
        check = _verifier(settings().api)
        token = _bearer(request)
        return await to_thread.run_sync(check.verify, token) if check.blocks else check.verify(token)
    except TokenWrong as wrong:
        _log(request, str(wrong))
        challenge = 'Bearer realm="celeriac", error="invalid_token"'
        raise Problem(401, "TokenWrong", str(wrong), WWW_Authenticate=challenge) from None
    except (NotConfigured, KeysAway) as missing:
        _log(request, str(missing))
        raise Problem(503, type(missing).__name__, str(missing)) from None


Known = Annotated[Caller, Depends(caller)]


def permitted(verb: str) -> Callable[..., Coroutine[Any, Any, Permit]]:
    """Return the dependency that lets in who may do `verb` on the target that is asked for."""

    async def permit(request: Request, known: Known, target: TargetName = "main") -> Permit:
        require(request, known, verb, target)
        await _count(request, known)
        return Permit(known, target)

    return permit


async def somebody(request: Request, known: Known) -> Caller:
    """Let in who may read any target: the endpoint itself leaves out the others."""
    if not known.may_at_all("read"):
        _refuse(request, known, "performance:read")
    await _count(request, known)
    return known


def require(request: Request, known: Caller, verb: str, target: str) -> None:
    """Raise Problem 403 where no scope of the caller's allows `verb` on the target."""
    if not known.may(verb, target):
        _refuse(request, known, f"performance:{verb} or performance:{verb}:{target}")


async def _count(request: Request, known: Caller) -> None:
    if request.method in ("GET", "HEAD"):
        _reads.count(known.subject)
    else:
        await to_thread.run_sync(count_change, known.subject)


def _refuse(request: Request, known: Caller, scope: str) -> None:
    _log(request, f"{quote(known.subject)} lacks the scope {scope}")
    challenge = 'Bearer realm="celeriac", error="insufficient_scope"'
    raise Problem(403, "ScopeMissing", f"The token lacks the scope {scope}.", WWW_Authenticate=challenge)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenWrong(reason="There is no bearer token")
    return token.strip()


@cache
def _verifier(chosen: ApiSettings) -> Verifier:
    return verifier(chosen)


def _log(request: Request, reason: str) -> None:
    """Log a refusal; the path is quoted, or a line break in it would forge a line."""
    client = request.client.host if request.client else "-"
    logger.warning("refused %s %s from %s: %s", request.method, quote(request.url.path), client, reason)


Reading = Annotated[Permit, Depends(permitted("read"))]
Optimizing = Annotated[Permit, Depends(permitted("optimize"))]
Approving = Annotated[Permit, Depends(permitted("approve"))]
Anybody = Annotated[Caller, Depends(somebody)]
