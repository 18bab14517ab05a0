"""Counts that anybody may see, through the count gate."""
