"""Private PostgreSQL and Redis for the demo, the tests and the benchmarks, and a sample application."""
