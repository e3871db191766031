"""What the integration tests of the loop set up: one table, an empty ledger, and sessions to change it with."""

from tests.integration.conftest import configure, configured
from tests.integration.indexes.conftest import loop, loop_database

__all__ = ["configure", "configured", "loop", "loop_database"]
