"""How the demo checkpoint is made: cards, dialogues about them, and the training on both."""
