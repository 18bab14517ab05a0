"""Pages and JSON about re-runs."""
