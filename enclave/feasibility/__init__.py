"""How many patients have this, and whether the data is there."""
