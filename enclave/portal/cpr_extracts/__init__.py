"""CPR population extracts: prepared, taken once by a personal link, destroyed."""
