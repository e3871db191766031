"""Become one of the application's roles: `python -m worker.role worker | ddl | beat | flower | api | migrate`.

The process is replaced, so that Celery itself receives the signals of whoever started it.
"""

import os
import sys
from typing import Final

from celeriac.errors import CeleriacError
from worker.configuration import DDL, GENERAL

_CELERY: Final = (sys.executable, "-m", "celery", "--app", "worker.app")
ROLES: Final = {
    "worker": (*_CELERY, "worker", "--queues", GENERAL, "--hostname", "worker@%h"),
    "ddl": (*_CELERY, "worker", "--queues", DDL, "--hostname", "ddl@%h"),
    "beat": (*_CELERY, "beat"),
    "flower": (*_CELERY, "flower", "--conf=web/flower/flowerconfig.py"),
    "api": (sys.executable, "-m", "web.serve"),
    "migrate": (sys.executable, "-m", "worker.migrate"),
}


class RoleUnknown(CeleriacError):
    """There is no role {role!r}; roles: {known}."""


def become(role: str, *arguments: str) -> None:
    """Replace this process by the role's, with further arguments for it; raises RoleUnknown."""
    if role not in ROLES:
        raise RoleUnknown(role=role, known=", ".join(ROLES))
    os.environ["CELERIAC_ROLE"] = role
    command = (*ROLES[role], *arguments)
    os.execv(command[0], command)  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    try:
        become(*(sys.argv[1:] or ["?"]))
    except CeleriacError as error:
        raise SystemExit(f"celeriac: {error}") from None
