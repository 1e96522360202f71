"""The readers of documents, one file a format. They run in a process of their own and import only plain records."""
