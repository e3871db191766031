"""The worker's own log: what is there even where nothing else is configured."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from celeriac.alerts.alert import Notice
from celeriac.alerts.channels.words import line
from celeriac.alerts.rule import Severity

logger = logging.getLogger(__name__)

_LEVELS: Final[dict[Severity, int]] = {"critical": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}


@dataclass(frozen=True, slots=True)
class Log:
    """One line a notice."""

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Write the lines; a resolved alert is information."""
        for notice in notices:
            level = logging.INFO if notice.kind == "resolved" else _LEVELS[notice.alert.severity]
            logger.log(level, "%s", line(notice))
