"""Reference implementations of the course in NumPy: one module a topic, the one source of truth."""
