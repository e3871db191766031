"""The shapes of what the API answers where a document alone does not say it, and of what it takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Words = Annotated[
    str,
    # PostgreSQL's text holds no NUL.
    StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Body(BaseModel):
    """What a request brings; nothing else is taken."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Reason(Body):
    """Why; it stands in the audit."""

    reason: Words = "asked for"
    """One sentence for whoever reads the audit."""


Namespace = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00\n]*$")]


class NamespaceInvalidation(Body):
    """Cached entries that are to be made unreadable: a namespace, or the keys in it that match a pattern."""

    namespace: Namespace
    pattern: Words | None = None
    """Of the keys within the namespace: `user:*`."""
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    """And what is under these, in any namespace."""


class TagInvalidation(Body):
    """Cached entries that are to be made unreadable: what is under tags, in any namespace."""

    tags: Annotated[list[Tag], Field(min_length=1, max_length=100)]


Invalidation = NamespaceInvalidation | TagInvalidation


class Quiet(Body):
    """Which alerts nobody is to be told of, and for how long."""

    rule: Words = "*"
    """A pattern of rule names, as a shell's."""
    subject: Words = "*"
    """A pattern of subjects, as a shell's."""
    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 30)] = 60
    reason: Words = "asked for"
    """One sentence for whoever reads the audit."""


class SlowQuery(BaseModel):
    """A statement that heads a ranking, shortened."""

    query: str
    calls: float
    mean_ms: float


class Recommended(BaseModel):
    """An index that would help, shortened."""

    ddl: str
    saving_ratio: float


class DatabaseData(BaseModel):
    """What one run on the database found."""

    task_id: str
    status: str
    """done, or waiting where nothing was measured yet."""
    slow_queries: list[SlowQuery]
    recommendations: list[Recommended]
    counts: dict[str, int]
    dispatched: list[int]
    """Changes whose build has begun."""
    reason: str | None


class DatabaseOptimized(BaseModel):
    """The answer of a run on the database."""

    success: bool
    message: str
    data: DatabaseData


class CachingData(BaseModel):
    """What one run on the caches did."""

    task_id: str
    status: str
    cache_implemented: dict[str, Any]
    """warmed entries, their bytes, and a note where not all was warmed."""
    cache_stats: dict[str, Any]
    findings: list[str]


class CachingOptimized(BaseModel):
    """The answer of a run on the caches."""

    success: bool
    message: str
    data: CachingData


class WarmData(BaseModel):
    """What one warm run brought."""

    task_id: str
    status: str
    """done, or refused where no warmers are configured."""
    result: dict[str, Any]


class Warmed(BaseModel):
    """The answer of a warm run."""

    success: bool
    message: str
    data: WarmData


class PendingData(BaseModel):
    """Where a run that takes longer stands."""

    task_id: str
    status: Literal["pending"]
    already_running: bool
    """Somebody else had begun it."""


class Pending(BaseModel):
    """The answer while the work goes on; ask again at Location."""

    success: bool
    message: str
    data: PendingData


class DecisionMade(BaseModel):
    """What a change became."""

    success: bool
    message: str
    change_id: int
    state: str
    dispatched: bool
    """False where the workers could not be told; they will see it in the ledger within a minute."""


class MaintenanceDecided(BaseModel):
    """What a maintenance run became."""

    success: bool
    message: str
    run_id: int
    state: str
    dispatched: bool
    """False where the workers could not be told; they will see it in the ledger within five minutes."""


class UndoneData(BaseModel):
    """What came of an undo."""

    task_id: str
    run_id: int
    status: str
    """reverted, or refused."""
    reason: str | None
    """Why it was refused."""


class MaintenanceUndone(BaseModel):
    """The answer of an undo of settings."""

    success: bool
    message: str
    data: UndoneData


class Invalidated(BaseModel):
    """What was made unreadable."""

    success: bool
    message: str
    dropped: int | None
    """Entries that matched a pattern; None for a namespace or tags, which are not counted."""
