"""Celery's settings, each for a reason measured or written down; the broker is Redis.

https://docs.celeryq.dev/en/stable/userguide/configuration.html and
https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html
"""

from collections.abc import Iterable
from typing import Any, Final

from celeriac.errors import CeleriacError
from config.messaging import DDL, DDL_TASKS, GENERAL, broker, results
from config.settings import Settings

__all__ = ["DDL", "DDL_TASKS", "GENERAL", "configuration", "refuse_short_visibility"]

MARGIN_S: Final = 300
"""By how much a message's visibility must exceed the longest run: the sweep and the retries' waits lie within it."""


class VisibilityTooShort(CeleriacError):
    """CELERIAC_TASKS__VISIBILITY_TIMEOUT is {visibility_s:.0f} s; below {needed_s:.0f} s, tasks would run twice."""


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's settings; raises VisibilityTooShort."""
    refuse_short_visibility(settings)
    return {
        **broker(settings),
        **results(settings),
        **_tasks(settings),
        **_worker(settings),
    }


def _tasks(settings: Settings) -> dict[str, Any]:
    limit_s = settings.tasks.time_limit.total_seconds()
    ddl_limit_s = settings.tasks.ddl_time_limit.total_seconds()
    margin_s = settings.tasks.soft_margin.total_seconds()
    ddl_limits = {"time_limit": ddl_limit_s, "soft_time_limit": max(1.0, ddl_limit_s - margin_s)}
    return {
        "task_acks_late": True,
        "task_acks_on_timeout": True,
        "task_acks_on_failure": True,
        # Reject would run a task that kills its process for ever; retry is bounded by max_retries.
        "task_reject_on_worker_lost": False,
        "task_retry_on_worker_lost": True,
        "task_time_limit": limit_s,
        "task_soft_time_limit": max(1.0, limit_s - margin_s),
        "task_annotations": {
            "*": {
                # After the lease of the lost run has run out, or the next one would be skipped.
                "default_retry_delay": int(settings.tasks.lease.total_seconds()) + 15,
                "max_retries": settings.tasks.max_retries,
            },
            **{name: dict(ddl_limits) for name in DDL_TASKS},
        },
        "task_track_started": True,
        "task_send_sent_event": True,
        "worker_send_task_events": True,
    }


def _worker(settings: Settings) -> dict[str, Any]:
    return {
        "worker_concurrency": 1 if settings.role == "ddl" else settings.worker.concurrency,
        "worker_prefetch_multiplier": 1,
        # Nothing is reserved while every slot is busy: what is urgent overtakes all that waits.
        "worker_disable_prefetch": True,
        "worker_max_tasks_per_child": settings.worker.max_tasks_per_child,
        "worker_max_memory_per_child": settings.worker.max_memory_per_child_kib,
        "worker_eta_task_limit": 1000,
        "worker_soft_shutdown_timeout": settings.worker.soft_shutdown.total_seconds(),
        # A late-acked task comes again after a lost connection; but killing a concurrent build leaves an invalid
        # index, so there the lease and the advisory lock turn the second copy away instead.
        "worker_cancel_long_running_tasks_on_connection_loss": settings.role != "ddl",
        "worker_hijack_root_logger": False,
        "beat_enable_remote_control": True,
        "beat_schedule_filename": str(settings.worker.beat_state_file),
        "timezone": "UTC",
        "enable_utc": True,
    }


def refuse_short_visibility(settings: Settings, limits_s: Iterable[float | None] = ()) -> None:
    """Raise VisibilityTooShort where a run may last longer than Redis keeps its message from other workers."""
    configured = max(settings.tasks.time_limit, settings.tasks.ddl_time_limit).total_seconds()
    needed_s = max([configured, *(limit_s for limit_s in limits_s if limit_s)]) + MARGIN_S
    visibility_s = settings.tasks.visibility_timeout.total_seconds()
    if visibility_s < needed_s:
        raise VisibilityTooShort(visibility_s=visibility_s, needed_s=needed_s)
