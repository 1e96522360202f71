"""The database of the server, SQLite or PostgreSQL, which `store.open_store()` opens.

Nothing here imports the web framework, the engine or torch.
"""
