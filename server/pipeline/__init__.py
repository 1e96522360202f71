"""The stages of a turn around the model: what a support desk does beside answering."""
