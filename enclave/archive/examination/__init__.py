"""What runs left, examined in a sandbox that sees nothing else."""
