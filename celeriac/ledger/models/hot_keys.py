"""What was hot in a target's Redis, kept where a flush does not reach."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from celeriac.ledger.models.base import Base, Now


class HotSet(Base):
    """The hottest keys of a target's cache that can be computed anew, as last seen."""

    __tablename__ = "hot_set"

    target: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[Now]
    run_id: Mapped[str]
    """Of the Redis server: another one has begun with nothing, or with what it had saved."""
    keys: Mapped[list[Any]]
    """[[namespace, key, heat, bytes, cost in ms], …], those worth most first."""
