"""Work that outlives a request: queued in the database, done by a worker."""
