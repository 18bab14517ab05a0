"""How to apply: who holds what, what it takes, and how long."""
