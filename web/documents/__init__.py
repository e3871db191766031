"""What the surfaces show, one module a subject: read from the ledger and the published results, without any HTTP."""
