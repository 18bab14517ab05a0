"""The hash-chained log of who did what, when, to what."""
