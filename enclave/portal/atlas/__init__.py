"""Cohort definitions of OHDSI ATLAS as questions, and questions as definitions."""
