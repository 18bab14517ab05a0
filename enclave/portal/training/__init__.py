"""The yearly training: take its test, and see what came of it."""
