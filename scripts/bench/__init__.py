"""What the engine is compared with, and on which models."""
