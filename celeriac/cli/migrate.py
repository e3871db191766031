"""`celeriac migrate`: create or upgrade the ledger."""

from celeriac.cli.connecting import Url, parse_url
from celeriac.cli.printing import console
from celeriac.ledger import migrate as migration


def migrate(url: Url = "") -> None:
    """Create or upgrade the ledger (schema celeriac) in the state database; safe to run twice."""
    revision = migration.migrate(parse_url(url))
    console().print(f"The ledger is at revision {revision}.")
