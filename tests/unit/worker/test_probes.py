from worker import probes


def test_readiness_is_a_file_that_comes_and_goes(tmp_path):
    file = tmp_path / "run" / "ready"
    probes.set_ready(True, file)
    assert file.exists()
    probes.set_ready(False, file)
    assert not file.exists()
    probes.set_ready(False, file)


def test_without_a_file_nothing_is_written(tmp_path):
    probes.set_ready(True, None)
    assert list(tmp_path.iterdir()) == []
