"""How a project ends: what is open, what is lost, and what proves that it is."""
