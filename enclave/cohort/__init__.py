"""The cohort question: which persons, by which codes, values and times."""
