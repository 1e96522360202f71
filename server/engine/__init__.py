"""The engine behind asyncio: requests in, streams of tokens out."""
