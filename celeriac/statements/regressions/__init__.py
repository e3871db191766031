"""Statements that got slower or heavier than they usually are: found within two windows, with the cause by numbers."""
