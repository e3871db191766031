"""The report as one page: no script, no network, nothing beside it."""

from celeriac.cli.report.html.page import page

__all__ = ["page"]
