"""What we rely on of Flower, which promises none of it: where one of these fails, look at the pages by eye."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from flower import options, urls, views
from flower.app import rewrite_handler
from tornado.options import options as known
from tornado.web import StaticFileHandler

from web.flower import loader, mount, static_files
from web.flower.handler import Handler
from web.flower.routes import routes

SUPPORTED = "2.2"
TEMPLATES = Path(urls.settings["template_path"])
STYLES = Path(urls.settings["static_path"]) / "css"


def test_the_installed_flower_is_the_one_these_pages_were_made_for():
    assert version("flower").startswith(f"{SUPPORTED}.")


def test_the_page_has_the_blocks_that_ours_fill():
    blocks = set(re.findall(r"{% block (\w+) %}", (TEMPLATES / "base.html").read_text()))
    assert {"title", "navbar", "container", "extra_scripts"} <= blocks


def test_the_navigation_takes_our_link_and_keeps_its_own():
    known_links = (TEMPLATES / "navbar.html").read_text()
    linked = loader.with_link(known_links)
    assert linked.count("reverse_url('optimizer')") == 1
    before, _, behind = linked.partition("reverse_url('optimizer')")
    assert "reverse_url('broker')" in before  # behind the last of Flower's own
    assert "theme-toggle" in behind  # and in the first list


def test_flower_s_own_pages_have_no_script_that_our_policy_would_refuse():
    for name in ("base.html", "navbar.html"):
        text = (TEMPLATES / name).read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"\s(?:style|on\w+)=", text)


def test_what_our_styles_take_from_flower_is_there():
    ours = (static_files.FOLDER / "optimizer.css").read_text()
    theirs = "".join(path.read_text() for path in STYLES.glob("*.css"))
    for name in set(re.findall(r"var\((--[\w-]+)", ours)) - set(re.findall(r"(--opt-[\w-]+):", ours)):
        assert f"{name}:" in theirs, name
    shapes = (
        "page-section page-header page-eyebrow refresh-status status-dot metric-card metric-value task-state-filter"
    )
    for name in shapes.split():
        assert f".{name}" in theirs


def test_the_options_that_we_set_are_options():
    for name in ("basic_auth", "format_task", "read_only", "tasks_columns", "purge_offline_workers", "url_prefix"):
        assert name in known
    assert options.default_options is known


def test_the_handler_that_we_extend_asks_and_answers_as_it_did():
    for name in ("get_current_user", "check_xsrf_cookie", "render", "set_default_headers", "write_error"):
        assert callable(getattr(views.BaseHandler, name))
    assert issubclass(Handler, views.BaseHandler)
    assert urls.settings["xsrf_cookies"] is True


def test_our_routes_come_before_the_one_that_catches_all():
    handlers, settings = list(urls.handlers), dict(urls.settings)
    mount.mount(handlers, settings)
    mount.mount(handlers, settings)  # twice is once
    names = [getattr(handler, "name", None) for handler in handlers]
    assert names.count("optimizer") == 1
    assert handlers[-1][0] == r".*"
    assert isinstance(settings["template_loader"], loader.Loader)


def test_a_prefix_is_put_before_every_route_and_our_folder_stays_ours():
    prefixed = [rewrite_handler(one, "/monitor/") for one in routes()]
    assert all(one.regex.pattern.startswith("/monitor/optimizer") for one in prefixed)
    (files,) = [one for one in prefixed if issubclass(one.handler_class, StaticFileHandler)]
    assert files.kwargs == {"path": str(static_files.FOLDER)}


@pytest.mark.parametrize("file", ["uPlot.iife.min.js", "uPlot.min.css", "LICENSE"])
def test_the_plot_library_travels_with_its_licence(file):
    assert (static_files.FOLDER / "vendor" / "uplot" / file).stat().st_size > 500


def test_a_file_is_asked_for_by_what_is_in_it():
    address = static_files.address("/optimizer/static/plots.js", "plots.js")
    assert re.fullmatch(r"/optimizer/static/plots\.js\?v=[0-9a-f]{16}", address)
