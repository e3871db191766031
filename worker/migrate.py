"""Migrate every target's ledger and end: with status 1 where one could not be."""

from celeriac.errors import CeleriacError
from config import logs
from config.settings import settings
from worker.signals import migrate_ledgers

if __name__ == "__main__":
    try:
        logs.configure(settings().log)
    except CeleriacError as error:
        raise SystemExit(f"celeriac: {error}") from None
    raise SystemExit(0 if migrate_ledgers() else 1)
