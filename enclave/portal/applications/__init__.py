"""Applications: make, change, decide, read."""
