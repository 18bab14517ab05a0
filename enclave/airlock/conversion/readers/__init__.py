"""Readers of what people upload. They run in the sandbox of a conversion alone."""
