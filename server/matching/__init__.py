"""Words in texts: an automaton, and one form for all the ways to write a letter. Knows nothing else of the server."""
