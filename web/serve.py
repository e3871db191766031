"""Serve the REST API: `python -m web.serve`, which the role `api` runs."""

import uvicorn

from celeriac.errors import CeleriacError
from config import logs
from config.settings import settings
from web.api import create_app

GRACE_S = 10
"""For requests that still wait when the process is told to end."""


def main() -> None:
    """Serve until told to stop."""
    chosen = settings()
    logs.configure(chosen.log)
    uvicorn.run(
        create_app(),
        host=chosen.api.address,
        port=chosen.api.port,
        log_config=None,
        access_log=False,  # refusals and failures are logged by us; a line a read would cost more than the read
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


if __name__ == "__main__":
    try:
        main()
    except CeleriacError as error:
        raise SystemExit(f"celeriac: {error}") from None
