"""When somebody is told: rules, firing and resolving, channels."""
