"""Who runs at once: threads for the synchronous cache, tasks of an event loop for the asynchronous one."""

from celeriac.cache.runners.runner import Event, Runner
from celeriac.cache.runners.tasks import Tasks
from celeriac.cache.runners.threads import Threads

__all__ = ["Event", "Runner", "Tasks", "Threads"]
