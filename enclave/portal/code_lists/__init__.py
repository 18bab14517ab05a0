"""Code lists: read, save, compare, share."""
