"""The life of the process: start, port, loading, serving, draining, end."""
