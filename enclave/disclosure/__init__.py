"""The count gate: what stands between an exact count and everybody else."""
