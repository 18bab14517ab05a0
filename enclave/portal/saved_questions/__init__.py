"""Questions that people save for themselves."""
