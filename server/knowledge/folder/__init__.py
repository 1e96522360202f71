"""The followed folder: its sub-folders are collections of the knowledge base, whose files are read after each edit."""
