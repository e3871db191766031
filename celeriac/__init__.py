"""A background optimizer for PostgreSQL and Redis that measures what it changes and undoes what did not help."""
