"""Analyses that ran once cleanly, kept whole, to be run again and compared."""
