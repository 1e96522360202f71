"""Sessions that last: `store.open_store()` opens them in SQLite or PostgreSQL.

Nothing here knows HTTP, the engine or torch.
"""
