"""Code lists as objects of their own: saved in versions, shared, compared, browsed."""
