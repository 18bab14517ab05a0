"""Cohort definitions of OHDSI ATLAS, in and out."""
