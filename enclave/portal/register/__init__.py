"""The public register of projects, and what came of a department's data."""
