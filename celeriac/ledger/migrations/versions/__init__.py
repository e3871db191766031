"""One revision a module, in the order their names give."""
