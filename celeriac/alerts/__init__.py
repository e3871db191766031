"""What an operator is told, when, and through whom: rules, firing and resolving, silences, channels."""
