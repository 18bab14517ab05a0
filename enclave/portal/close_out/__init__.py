"""The page on which a project ends."""
