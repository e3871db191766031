"""Names for what a repository owns: stable from run to run, and never with the mark of what Celeriac manages itself."""

import re
from collections.abc import Sequence
from hashlib import blake2b

from celeriac.indexes import ddl
from celeriac.indexes.index import IndexDefinition, Recommendation

_READABLE_BYTES = 48


def index_name(definition: IndexDefinition) -> str:
    """Name an index after its table and key, and its identity, so that two never share a name; at most 63 bytes.

    >>> from celeriac.indexes.index import KeyPart
    >>> index_name(IndexDefinition("public", "jobs", (KeyPart("status"),)))
    'jobs_status_73da95_idx'
    """
    words = "_".join((definition.table, *definition.columns))
    readable = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:_READABLE_BYTES].rstrip("_") or "index"
    return f"{readable}_{ddl.identity(definition)[:6]}_idx"


def revision(recommendations: Sequence[Recommendation]) -> str:
    """Return twelve digits that are the same for the same indexes."""
    whole = "".join(sorted(ddl.identity(one.definition) for one in recommendations))
    return blake2b(whole.encode(), digest_size=6).hexdigest()


def comment(recommendation: Recommendation) -> tuple[str, ...]:
    """Return why, and what becomes redundant, as lines that cannot end a comment early."""
    lines = [" ".join(recommendation.reason.split())]
    if recommendation.replaces:
        lines.append(f"It makes redundant: {' '.join(', '.join(recommendation.replaces).split())}.")
    return tuple(lines)
