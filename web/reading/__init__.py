"""What both surfaces show, read once: frozen records from the ledger, Redis and the schedule."""
