"""The stages that every turn goes through before and after the model."""
