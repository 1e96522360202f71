"""Applications of others that talk to the server, each in an environment of its own."""
