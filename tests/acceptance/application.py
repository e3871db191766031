"""The application with two tasks more, for what no real task shows within a second."""

import time

from celery import shared_task

from config.redis import results_client
from tasks.base import OptimizerTask
from worker.app import app

__all__ = ["app"]


@shared_task(name="celeriac.test.mark", base=OptimizerTask, bind=True, exclusive=False)
def mark(self: OptimizerTask, word: str, seconds: float = 0.0, target: str = "main") -> str:
    """Write a word into the list `marks` when the run begins."""
    results_client().rpush("marks", word)
    time.sleep(seconds)
    return word


@shared_task(name="celeriac.test.work", base=OptimizerTask, bind=True)
def work(self: OptimizerTask, steps: int, target: str = "main") -> dict[str, int]:
    """Work until the key `go` is there, saying how far it is."""
    for done in range(1, steps + 1):
        self.progress(done, steps, "steps", "at work")
    deadline = time.monotonic() + 60
    while not results_client().exists("go") and time.monotonic() < deadline:
        self.progress(3, 7, "indexes", "jobs (status)")
        time.sleep(0.05)
    return {"steps": steps}
