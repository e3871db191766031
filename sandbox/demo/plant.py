"""Propose the index that looks good and hurts, as a person would who trusts the planner alone."""

from sqlalchemy import NullPool, create_engine

from celeriac.indexes import ddl
from celeriac.indexes.index import Recommendation
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.propose import propose
from celeriac.ledger.changes import Change, NotProposed
from celeriac.statements.catalog import read_catalog
from sandbox.sample.trap import TRAP

TARGET = "main"
REASON = "the planner expects the list of silent sessions to cost a fraction with it"


def plant(url: str) -> Change | NotProposed:
    """Put the trap into the ledger; in mode auto it is then built, measured and undone like any other."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as target:
            table = read_catalog(target).find(TRAP.schema, TRAP.table)
        with engine.begin() as ledger:
            return propose(
                ledger,
                TARGET,
                _promise(),
                table=table,
                origin="person",
                actor="the demo",
                policy=LoopPolicy(mode="auto"),
            )
    finally:
        engine.dispose()


def _promise() -> Recommendation:
    return Recommendation(
        definition=TRAP,
        ddl=ddl.create(TRAP),
        size_bytes=0,
        saving_ratio=0.0,
        saving_ms_per_hour=0.0,
        write_ms_per_hour=0.0,
        statements=(),
        reason=REASON,
    )
