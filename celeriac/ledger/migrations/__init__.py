"""Alembic's scripts of schema `celeriac`; run by `celeriac.ledger.migrate`."""
