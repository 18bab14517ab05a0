"""Pages and JSON API, one room per noun. It sees no patient-level data."""
