"""Cleaned datasets that come back: checked, accepted, and linked to person keys."""
