"""Where servers keep their files: in memory where that is possible."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox import state

ROOMY = SimpleNamespace(available=state.MEMORY_BYTES * 2)
PLENTY = SimpleNamespace(f_bavail=state.MEMORY_BYTES, f_frsize=2, f_flag=0)
SMALL = SimpleNamespace(f_bavail=64, f_frsize=1 << 20, f_flag=0)
RUNS_NOTHING = SimpleNamespace(f_bavail=state.MEMORY_BYTES, f_frsize=2, f_flag=state.os.ST_NOEXEC)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    def set_up(filesystem: SimpleNamespace, memory: SimpleNamespace = ROOMY) -> None:
        monkeypatch.setattr(state.os, "statvfs", lambda _: filesystem)
        monkeypatch.setattr(state.psutil, "virtual_memory", lambda: memory)

    return set_up


def test_memory_with_room_is_taken(machine, tmp_path: Path):
    machine(PLENTY)
    assert state.memory(tmp_path) == tmp_path


@pytest.mark.parametrize("filesystem", [SMALL, RUNS_NOTHING])
def test_memory_that_is_small_or_runs_no_program_is_not(machine, tmp_path: Path, filesystem: SimpleNamespace):
    machine(filesystem)
    assert state.memory(tmp_path) == state.temporary()


def test_memory_that_is_all_but_used_up_is_not(machine, tmp_path: Path):
    machine(PLENTY, SimpleNamespace(available=1 << 30))
    assert state.memory(tmp_path) == state.temporary()


def test_without_such_a_folder_the_disk_is_taken(tmp_path: Path):
    assert state.memory(tmp_path / "none") == state.temporary()
