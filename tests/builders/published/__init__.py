"""Analyses of the trial data whose results others published."""
