"""What each task of ours does around its one call into the domain: lease, retries, counters, progress, log context."""

import inspect
import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, get_type_hints

from celery import Task
from celery.exceptions import BackendError, Ignore, Reject, Retry
from celery.utils.time import get_exponential_backoff_interval
from kombu.exceptions import OperationalError as BrokerAway
from pydantic import ConfigDict, TypeAdapter, ValidationError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow
from sqlalchemy.exc import DBAPIError

from celeriac.errors import CeleriacError
from celeriac.metrics.samplers.queues import SENT_AT
from celeriac.refusals import is_connection_loss
from config.logs import task_context
from config.redis import results_client
from config.refusals import TargetAway
from config.settings import settings
from tasks import outcomes
from tasks.lease import Held, Lease, lease

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 1.0


class ArgumentsWrong(CeleriacError):
    """Task {task} was called with wrong arguments: {reason}."""


@dataclass(slots=True)
class _Run:
    """What belongs to one run and not to the task, which threads share."""

    task: "OptimizerTask"
    lease: Lease | None = None
    said_at: float = float("-inf")


_run: ContextVar[_Run | None] = ContextVar("celeriac_run", default=None)


class OptimizerTask(Task):  # type: ignore[type-arg]
    """The base of our tasks: use with `@shared_task(name="celeriac.noun.verb", base=OptimizerTask, bind=True)`.

    Arguments are checked against the function's annotations before anything runs, and the target must be configured.
    A task that finds the same work running on the same target returns {"status": "skipped", "reason", "holder"};
    `exclusive = False` allows overlap. Lost connections are retried with back-off and jitter; nothing else is.
    """

    abstract = True
    throws = (CeleriacError,)  # a sentence for the operator: logged without its traceback
    exclusive: ClassVar[bool] = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task once, under its lease."""
        began = time.perf_counter()
        wait_ms = self._wait_ms()
        outcome: outcomes.Outcome = "failed"
        reason: str | None = None
        target = self._target(args, kwargs)
        with task_context(self.name, self.request.id or "-", target):
            try:
                result, outcome = self._retrying(args, kwargs)
                reason = result.get("reason") if isinstance(result, dict) else None
            except Retry:
                outcome = "retried"
                raise
            except CeleriacError as error:
                reason = str(error)
                raise
            except (Ignore, Reject):
                outcome = "skipped"
                raise
            finally:
                total_ms = (time.perf_counter() - began) * 1000
                outcomes.count(self.name, outcome, total_ms, target, reason, wait_ms)
                logger.info("%s after %.0f ms", "done" if outcome == "runs" else outcome, total_ms)
        return result

    def progress(self, done: int, total: int, unit: str = "steps", note: str = "") -> None:
        """Tell the result backend and Flower how far the run is, once a second at most; raises LeaseLost.

        What is called from within another task's run speaks for that run.
        """
        run = _run.get() or _Run(self)
        if run.lease is not None:
            run.lease.check()
        now = time.monotonic()
        if run.task.request.called_directly or (done < total and now - run.said_at < PROGRESS_EVERY_S):
            return
        run.said_at = now
        try:
            run.task.update_state(state="PROGRESS", meta={"done": done, "total": total, "unit": unit, "note": note})
            # Flower shows events alone, and of a custom event only the field `result`.
            run.task.send_event("task-progress", result=f"{done}/{total} {unit} {note}".rstrip())
        except (RedisError, BrokerAway, BackendError, OSError) as error:  # work is worth more than news of it
            logger.warning("progress was not reported: %s", type(error).__name__)

    def _retrying(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, outcomes.Outcome]:
        try:
            return self._exclusively(self._checked(args, kwargs))
        except (TargetAway, RedisAway, RedisSlow, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not is_connection_loss(error):
                raise
            limits = settings().tasks
            wait_s = get_exponential_backoff_interval(
                factor=limits.retry_backoff_s,
                retries=self.request.retries,
                maximum=limits.retry_backoff_max_s,
                full_jitter=True,
            )
            raise self.retry(exc=error, countdown=wait_s, max_retries=limits.max_retries) from error

    def _exclusively(self, arguments: dict[str, Any]) -> tuple[Any, outcomes.Outcome]:
        if not self.exclusive:
            return self._once(arguments, _Run(self)), "runs"
        name = f"celeriac:lease:{self.name}:{arguments.get('target', '-')}"
        holder = self.request.id or "a call outside a worker"
        with lease(results_client(), name, holder, settings().tasks.lease) as got:
            if isinstance(got, Lease):
                return self._once(arguments, _Run(self, lease=got)), "runs"
        return self._skip(got, holder)

    def _skip(self, held: Held, holder: str) -> tuple[dict[str, str], outcomes.Outcome]:
        if held.holder == holder:  # our own message, delivered twice: its first copy owns the result
            raise Ignore
        reason = "the same task is already running on this target"
        return {"status": "skipped", "reason": reason, "holder": held.holder}, "skipped"

    def _once(self, arguments: dict[str, Any], run: _Run) -> Any:
        token = _run.set(run)
        try:
            return self.run(**arguments)
        finally:
            _run.reset(token)

    def _wait_ms(self) -> float | None:
        """Return how long the message waited in its queue; None of one that was to wait, or that does not say."""
        sent_at = self.request.get(SENT_AT) or (self.request.headers or {}).get(SENT_AT)
        meant_to_wait = self.request.eta is not None or bool(self.request.retries)
        return None if sent_at is None or meant_to_wait else max(0.0, time.time() - float(sent_at)) * 1000

    def _target(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        try:
            bound = inspect.signature(self.run).bind(*args, **kwargs)
        except TypeError:  # said by `_checked`
            return "-"
        bound.apply_defaults()
        return str(bound.arguments.get("target", "-"))

    def _checked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments by name, each as its annotation says; raises ArgumentsWrong or TargetUnknown."""
        try:
            bound = inspect.signature(self.run).bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentsWrong(task=self.name, reason=error) from None
        bound.apply_defaults()
        hints = get_type_hints(self.run)
        arguments = {name: self._fit(name, hints.get(name, Any), value) for name, value in bound.arguments.items()}
        if isinstance(target := arguments.get("target"), str):
            settings().target(target)
        return arguments

    def _fit(self, name: str, hint: Any, value: Any) -> Any:
        try:
            return TypeAdapter(hint, config=ConfigDict(hide_input_in_errors=True)).validate_python(value)
        except ValidationError as error:
            message = error.errors(include_input=False)[0]["msg"]
            raise ArgumentsWrong(task=self.name, reason=f"{name}: {message[:1].lower()}{message[1:]}") from None
