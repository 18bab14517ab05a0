"""Files attached to applications: typed by content, looked through, kept encrypted."""
