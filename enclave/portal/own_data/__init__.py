"""Own data on their way in: upload, what was found, release."""
