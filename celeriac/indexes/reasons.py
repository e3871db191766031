"""One sentence for each index: what it serves, what that saves, and what it costs."""

from collections.abc import Sequence

from celeriac.indexes.candidates.scope import Candidate
from celeriac.indexes.choose import Worth
from celeriac.indexes.index import StatementGain, Sureness


def reason(
    candidate: Candidate, worth: Worth, gains: Sequence[StatementGain], replaces: Sequence[str], sureness: Sureness
) -> str:
    """Write the sentence."""
    known = "" if sureness == "planner" else " (estimated from statistics, not by the planner)"
    whose = "its" if len(gains) == 1 else "their"
    saves = f"saves {worth.ratio:.0%} of {whose} cost{known}"
    words = [f"Serves {_statements(len(gains))} with {candidate.why}: {saves}"]
    if worth.penalty > 0:
        words.append(f"writes pay {worth.penalty:.3g} ms an hour for it")
    if replaces:
        words.append(f"makes {', '.join(replaces)} redundant")
    return "; ".join(words) + "."


def _statements(count: int) -> str:
    return "one statement" if count == 1 else f"{count} statements"
