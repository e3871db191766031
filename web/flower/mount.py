"""Put the Optimizer into Flower's application before it is built.

Flower has no such hook, but its configuration file is executed first and the two lists below are read afterwards. What
is relied upon of each supported version is held by tests/unit/web/flower/test_contract.py.
"""

from typing import Any

from web.flower.loader import Loader
from web.flower.routes import routes

NAME = "optimizer"
"""The route by which it is told whether the pages are mounted."""


def mount(handlers: list[Any], settings: dict[str, Any]) -> None:
    """Mount the pages once: routes before Flower's own, of which the last catches all, and our templates beside its."""
    if any(getattr(handler, "name", None) == NAME for handler in handlers):
        return
    handlers[:0] = routes()
    settings["template_loader"] = Loader(settings["template_path"])
    # The token that proves where a form comes from travels with no request that another site begins.
    settings["xsrf_cookie_kwargs"] = {"samesite": "Strict"}
