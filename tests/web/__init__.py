"""Tests of the pages. A package, so that its browser is closed before tests elsewhere run an event loop."""
