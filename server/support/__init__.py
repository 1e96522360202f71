"""The stages of a turn, one file each: they know neither the web nor the model."""
