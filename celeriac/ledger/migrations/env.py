"""How Alembic runs the scripts: on the connection `celeriac.ledger.migrate` hands over, or on `-x url=…`."""

from alembic import context
from sqlalchemy import Connection, create_engine

from celeriac.ledger.migrate import only_ours
from celeriac.ledger.models import SCHEMA, Base


def run(connection: Connection) -> None:
    """Run the scripts on one connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=only_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as own:
        run(own)
