"""One turn to the engine, and its reply."""
