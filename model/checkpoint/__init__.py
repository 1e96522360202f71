"""Checkpoints as files: getting them, inspecting them, reading their tensors. Knows no engine."""
