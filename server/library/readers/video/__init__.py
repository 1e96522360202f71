"""Reading clips with PyAV, the extra `video`: choosing frames, decoding them, and drawing them as they are shown."""
