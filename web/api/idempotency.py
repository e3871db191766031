"""`Idempotency-Key`: a request that is repeated with the same key does not do its work again.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Request

from config.redis import results_client
from web.api.problems import Problem

KEPT_S: Final = 86_400
_PENDING_S: Final = 60
"""What a request that died in the middle blocks its key for."""

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="Repeat a request with the same key, and it is done once; kept for a day.",
        examples=["2f1c8a90-optimize-monday"],
    ),
]


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one key of one subject, for one request."""

    name: str
    request: str

    def read(self) -> dict[str, Any] | None:
        """Return what the key was used for; raises Problem 409 where that was another request."""
        stored = results_client().get(self.name)
        if stored is None:
            return None
        found: dict[str, Any] = orjson.loads(stored)
        if found["request"] != self.request:
            raise Problem(409, "KeyUsed", "This Idempotency-Key was used for another request; take a new one.")
        return found

    def claim(self, **values: Any) -> bool:
        """Take the key where nobody has it."""
        return bool(results_client().set(self.name, self._written(values), ex=_PENDING_S, nx=True))

    def keep(self, **values: Any) -> None:
        """Keep what came of it."""
        results_client().set(self.name, self._written(values), ex=KEPT_S)

    def free(self) -> None:
        """Give the key back: nothing was done."""
        results_client().delete(self.name)

    def _written(self, values: dict[str, Any]) -> bytes:
        return orjson.dumps({"request": self.request, **values})


def slot(request: Request, subject: str, key: str, body: Any = None) -> Slot:
    """Return the place of a key; how long a request waits is no part of what it asks for."""
    query = sorted(pair for pair in request.query_params.multi_items() if pair[0] != "wait")
    asked = orjson.dumps([request.method, request.url.path, query, body], default=str)
    return Slot(f"celeriac:api:idempotency:{_hash(subject.encode(), key.encode())}", _hash(asked))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request, now or when its key was first used."""

    value: Any
    replayed: bool


def once(place: Slot | None, act: Callable[[], Any]) -> Outcome:
    """Act, or return what came of it the first time; raises Problem 409 while that is still under way."""
    if place is None:
        return Outcome(act(), replayed=False)
    known = place.read()
    if known is None and place.claim(answer=None):
        try:
            value = act()
        except BaseException:
            place.free()
            raise
        place.keep(answer=value)
        return Outcome(value, replayed=False)
    known = known or place.read()
    if known is None or known.get("answer") is None:
        raise Problem(409, "UnderWay", "A request with this Idempotency-Key is under way; ask again in some seconds.")
    return Outcome(known["answer"], replayed=True)


def _hash(*parts: bytes) -> str:
    return blake2b(b"\0".join(parts), digest_size=16).hexdigest()
