"""A process is known by its number and its start."""

import os
import subprocess

from sandbox.reaper import identity, is_alive


def test_a_running_process_is_alive():
    assert is_alive(identity(os.getpid()))


def test_a_number_that_another_process_has_now_is_not_alive():
    assert not is_alive(f"{os.getpid()} 1")


def test_an_ended_process_is_not_alive_even_before_its_parent_took_note():
    with subprocess.Popen(["true"]) as process:
        recorded = identity(process.pid)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(recorded)
        assert identity(process.pid) == ""
