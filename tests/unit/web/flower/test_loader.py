import logging
from pathlib import Path

import pytest
from flower import urls

from web.flower.loader import Loader, with_link

UNKNOWN = (
    "<nav><a href='/'>Flower</a></nav>",
    '<ul class="navbar-nav"><li>{{ active }}</li></ul>',  # no active_tab: our link could not say that it is shown
)


@pytest.mark.parametrize("navigation", UNKNOWN)
def test_a_navigation_that_is_not_known_is_left_as_it_is_with_one_line_in_the_log(navigation, caplog):
    with caplog.at_level(logging.WARNING):
        assert with_link(navigation) == navigation
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "/optimizer" in caplog.text


def test_the_line_is_written_once_however_many_pages_are_shown(tmp_path, caplog):
    (tmp_path / "navbar.html").write_text(UNKNOWN[0])
    loader = Loader(str(tmp_path))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            loader.load("navbar.html")
    assert len(caplog.records) == 1


def test_ours_come_before_flower_s_and_flower_s_are_all_there():
    loader = Loader(urls.settings["template_path"])
    for path in Path(urls.settings["template_path"]).glob("*.html"):
        assert loader.load(path.name).name == path.name
    assert loader.load("optimizer/page.html")


def test_a_link_is_put_into_the_first_list_only():
    lists = '<ul class="a navbar-nav"><li>{{ active_tab }}</li></ul><ul class="navbar-nav"></ul>'
    assert with_link(lists).endswith('</ul><ul class="navbar-nav"></ul>')
    assert "Optimizer</a>" in with_link(lists)
