"""Run a long statement under supervision: what holds it back, who waits because of it, how far it is, its end."""
