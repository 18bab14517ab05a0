"""Projects: mine, and one of them."""
