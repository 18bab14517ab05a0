"""Files attached to applications: send, read, remove."""
