"""Findings about the data: reported, triaged, and the rules that come of them."""
