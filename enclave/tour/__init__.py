"""The whole journey in one command, from a source of data to a signed re-run."""
