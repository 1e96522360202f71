"""The evaluation of the knowledge base on the example shop."""
