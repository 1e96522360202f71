"""The making of the demo checkpoint: product cards, dialogues about them, and the training on both."""
