from config import documentation


def test_the_page_lists_every_setting_as_the_code_has_it():
    _, _, rest = documentation.PAGE.read_text(encoding="utf-8").partition(documentation.BEGIN)
    written, _, _ = rest.partition(documentation.END)
    assert written.strip() == documentation.table(), "renew it: python -m config.documentation"


def test_every_setting_of_the_application_says_what_it_means():
    ours = ("DATABASE", "REDIS", "TASKS", "WORKER", "SCHEDULE", "LOG", "FLOWER", "TARGETS", "ROLE")
    silent = [row.name for row in documentation.rows() if row.name.split("__")[0][9:] in ours and not row.meaning]
    assert silent == []


def test_renewing_keeps_what_is_written_around_the_table(tmp_path):
    page = tmp_path / "settings.md"
    page.write_text(f"before\n{documentation.BEGIN}\nold\n{documentation.END}\nafter\n")
    documentation.write(page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "CELERIAC_LOOP__MODE" in text
    assert "old\n" not in text
