"""What happens when workers and their processes start, fork and stop."""

import logging
import time
from typing import Any

from celery import Celery, signals
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from celeriac.ledger.migrate import migrate
from celeriac.metrics.samplers.queues import SENT_AT
from celeriac.priorities import CRITICAL
from config import database, logs, redis
from config.refusals import explain
from config.settings import settings
from tasks import heartbeat
from worker import exposition, presence, probes, watch

logger = logging.getLogger(__name__)


def connect(app: Celery) -> None:
    """Listen to Celery for the life of the process."""
    signals.before_task_publish.connect(stamp, weak=False)
    signals.setup_logging.connect(_set_up_logging, weak=False)
    signals.worker_process_init.connect(_after_fork, weak=False)
    signals.worker_process_shutdown.connect(_let_go, weak=False)
    signals.worker_ready.connect(_ready, weak=False)
    signals.worker_shutting_down.connect(_stopping, weak=False)
    signals.celeryd_after_setup.connect(migrate_ledgers, weak=False)  # the first one after logging is set up
    signals.before_task_publish.connect(heartbeat.note, weak=False)
    app.steps["worker"].add(probes.Alive)
    app.steps["worker"].add(watch.Watch)
    app.steps["worker"].add(presence.Presence)


def stamp(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Write into a message when it was sent: Celery's own headers carry no time, and its age is a metric."""
    if headers is not None:
        headers.setdefault(SENT_AT, time.time())


def migrate_ledgers(**_: Any) -> bool:
    """Bring every target's ledger up to date; one that cannot be is said, and its tasks fail by themselves."""
    migrated = [_migrate(target) for target in settings().targets]
    return all(migrated)


def _migrate(target: str) -> bool:
    try:
        logger.info("ledger of %s is at revision %s", target, migrate(database.ledger_url(target)))
    except SQLAlchemyError as error:
        reason = explain(error, target) if isinstance(error, DBAPIError) else None
        logger.error("ledger of %s was not migrated: %s", target, reason or type(error).__name__)
        return False
    return True


def _set_up_logging(**_: Any) -> None:
    logs.configure(settings().log)


def _after_fork(**_: Any) -> None:
    database.dispose()
    redis.forget()


def _let_go(**_: Any) -> None:
    database.dispose()


def _ready(sender: Any = None, **_: Any) -> None:
    probes.set_ready(True, settings().worker.ready_file)
    exposition.serve()
    warn_of_eviction()
    for target in settings().targets:
        # What a crash left in the middle is finished or undone before anything new begins.
        sender.app.send_task("celeriac.indexes.reconcile", kwargs={"target": target}, priority=CRITICAL, expires=60)


def warn_of_eviction() -> None:
    """Say which Redis may throw away what must not be lost."""
    for role, client in (("broker", redis.broker_client()), ("results", redis.results_client())):
        try:
            memory = client.info("memory")
        except RedisError as error:
            logger.warning("the Redis of the %s does not say whether it evicts: %s", role, type(error).__name__)
            continue
        if memory["maxmemory"] and memory["maxmemory_policy"] != "noeviction":
            policy = memory["maxmemory_policy"]
            logger.warning("the Redis of the %s evicts (%s): tasks can be lost; set noeviction there", role, policy)


def _stopping(**_: Any) -> None:
    probes.set_ready(False, settings().worker.ready_file)
