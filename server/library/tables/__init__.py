"""Tables of documents and pictures: extracted with their spans, written, computed with, and drawn."""
