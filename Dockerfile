# One image, every role: docker run celeriac worker | ddl | beat | flower | api | migrate
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY pyproject.toml README.md LICENSE ./
COPY celeriac celeriac
RUN /venv/bin/pip install --no-cache-dir '.[worker,api]'

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home celeriac \
    && install -d -o celeriac /var/lib/celeriac /run/celeriac
COPY --from=build /venv /venv
WORKDIR /app
COPY beat_schedule.py ./
COPY config config
COPY tasks tasks
COPY worker worker
COPY web web
# SIGTERM becomes Celery's soft shutdown: after CELERIAC_WORKER__SOFT_SHUTDOWN what still runs goes back to its queue.
# Give it a grace period of a minute at least (stop_grace_period, terminationGracePeriodSeconds).
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REMAP_SIGTERM=SIGQUIT \
    CELERIAC_LOG__JSON_LINES=true \
    CELERIAC_API__ADDRESS=0.0.0.0 \
    CELERIAC_WORKER__ALIVE_FILE=/run/celeriac/alive \
    CELERIAC_WORKER__READY_FILE=/run/celeriac/ready \
    CELERIAC_WORKER__BEAT_STATE_FILE=/var/lib/celeriac/beat-schedule
USER celeriac
VOLUME /var/lib/celeriac
EXPOSE 5555 8000
# Exec form: the role replaces the entry point, so that Celery is process 1 and hears the signals.
ENTRYPOINT ["python", "-m", "worker.role"]
CMD ["worker"]
