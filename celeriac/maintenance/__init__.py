"""ANALYZE, VACUUM and settings of autovacuum, where autovacuum does not keep up: docs/maintenance.md."""
