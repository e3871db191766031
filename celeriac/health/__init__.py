"""What an operator should know and mend: one check per module, each with its `.sql`."""
