"""Words that examples of several subjects share."""

from typing import Final

AT: Final = "2026-03-02T08:15:00Z"
TASK: Final = "0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11"
PRINT: Final = "4f1d2a9b8c7e6f50"
DDL: Final = "CREATE INDEX CONCURRENTLY ON public.jobs USING btree (status, created_at)"
