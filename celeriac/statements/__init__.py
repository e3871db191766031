"""What the database spends its time on: `pg_stat_statements` read into frozen statements and windows of deltas."""
