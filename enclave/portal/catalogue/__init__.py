"""Search in the catalogue."""
