"""What an operator sees of the running server: its current state, and the history of its metrics."""
