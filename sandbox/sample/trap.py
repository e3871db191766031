"""An index that the planner likes and the measurements do not: the planted proof that Celeriac undoes its mistakes.

`silent_sessions` asks for the latest sessions whose state is not active. The planner takes the silent three per cent to
be spread evenly over the heartbeats, and expects a walk down the index to meet twenty of them at once. They are the
oldest of all, so the walk reads nearly every row, each from a page of its own: some thirty times the blocks of the scan
it replaces. And `heartbeat`, which is frequent, changes the indexed column: no update stays on its page (HOT) any more,
so each writes entries into every index of the table.

https://www.postgresql.org/docs/current/storage-hot.html
"""

from celeriac.indexes.index import IndexDefinition, KeyPart
from sandbox.sample.mix import SHAPES
from sandbox.sample.shape import Shape

TRAP = IndexDefinition(schema="public", table="crawl_sessions", key=(KeyPart("heartbeat_at"),))


def _shape(name: str) -> Shape:
    return next(shape for shape in SHAPES if shape.name == name)


READ = _shape("silent_sessions")
"""The statement whose estimated cost falls."""
WRITE = _shape("heartbeat")
"""The statement that pays without having asked."""
