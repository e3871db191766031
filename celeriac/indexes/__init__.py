"""The closed loop for indexes: advise, build without blocking, measure, keep or undo, remember."""
