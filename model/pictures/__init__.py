"""From the bytes of a picture that was sent to the views that the model sees. Imports no torch."""
