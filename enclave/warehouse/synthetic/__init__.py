"""A made-up hospital warehouse in the manner of PERSIMUNE's."""
