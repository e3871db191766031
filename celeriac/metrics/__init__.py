"""How the database, the caches, the queues and the machine are doing: sampled, kept, rolled up, exposed."""
