"""The root of our errors: one class a sentence, and the class's docstring is the sentence.

A subclass states what happened, why, and what to do, with `{fields}` where the particulars go:

    >>> class TargetUnknown(CeleriacError):
    ...     "Target {target!r} is not configured; known targets: {known}."
    >>> str(TargetUnknown(target="mian", known="main"))
    "Target 'mian' is not configured; known targets: main."
"""

from typing import Any


class CeleriacError(Exception):
    """Celeriac could not do what was asked."""

    def __init__(self, *sentence: str, **particulars: Any) -> None:
        self.particulars = particulars
        # A result backend rebuilds an error from its finished sentence.
        super().__init__(*sentence or ((type(self).__doc__ or "").strip().format(**particulars),))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.particulars)


def _rebuild(kind: type[CeleriacError], sentence: tuple[str, ...], particulars: dict[str, Any]) -> CeleriacError:
    error = kind(*sentence)
    error.particulars = particulars
    return error
