"""The methods that the engine is compared with, and the models for it."""
