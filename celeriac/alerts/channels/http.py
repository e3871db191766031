"""One POST of JSON within a time limit; the address is a secret, and stands in no log and no error.

urllib3, since it is kept well, follows no redirect unless told to, and can bound a whole request.
https://urllib3.readthedocs.io/en/stable/user-guide.html
"""

import logging
from typing import Any, Final

import orjson
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as TookTooLong

from celeriac.alerts.channels import NotDelivered

HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "celeriac"}

# Its debug lines hold the path, which in most webhooks is the secret.
logging.getLogger("urllib3").setLevel(logging.INFO)


def post(url: str, document: Any, timeout_s: float) -> None:
    """Send one document; raises NotDelivered unless the receiver took it."""
    call("POST", url, timeout_s, orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC))


def call(method: str, url: str, timeout_s: float, body: bytes | None = None) -> None:
    """Make one request, without redirects and retries; raises NotDelivered unless the answer is a success."""
    try:
        with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=timeout_s)) as pool:
            answer = pool.request(method, url, body=body, headers=HEADERS, redirect=False, preload_content=False)
            status = answer.status
            answer.close()  # what it says beyond its status is nothing to us, and could be long
    except HTTPError as error:
        raise NotDelivered(reason=_reason(error, timeout_s)) from None
    if not 200 <= status < 300:
        raise NotDelivered(reason=f"the receiver answered {status}{_hint(status)}")


def _reason(error: HTTPError, timeout_s: float) -> str:
    if isinstance(error, TookTooLong) and not isinstance(error, NewConnectionError):
        return f"the receiver did not answer within {timeout_s:g} s"
    if isinstance(error, SSLError):
        return "the receiver's certificate was not accepted"
    return f"the receiver cannot be reached ({type(error).__name__})"


def _hint(status: int) -> str:
    return "; redirects are not followed" if 300 <= status < 400 else ""
