"""PostgreSQL's buffers: remember which blocks were hot, and bring them back after a restart."""
