import pytest

from celeriac.statements.files import StatementsUnreadable, read_files, split


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    (tmp_path / "b.sql").write_text("SELECT 3")
    (tmp_path / "a.sql").write_text("SELECT 1; SELECT 2; -- the end\n")
    (tmp_path / "notes.txt").write_text("SELECT 4")
    assert read_files(tmp_path) == ("SELECT 1", "SELECT 2", "SELECT 3")


@pytest.mark.parametrize("content", [b"", b"  ;;  ", b"\xff\xfe"])
def test_what_holds_no_statement_is_refused(tmp_path, content):
    file = tmp_path / "x.sql"
    file.write_bytes(content)
    with pytest.raises(StatementsUnreadable, match=r"x\.sql"):
        read_files(file)


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(StatementsUnreadable, match="No such file"):
        read_files(tmp_path / "gone.sql")
    with pytest.raises(StatementsUnreadable, match="no \\*\\.sql file"):
        read_files(tmp_path)


def test_a_text_that_cannot_be_scanned_stays_whole():
    assert split("SELECT 'open; SELECT 2") == ("SELECT 'open; SELECT 2",)
