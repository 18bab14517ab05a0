"""One analysis, and what may change about it between two runs."""
