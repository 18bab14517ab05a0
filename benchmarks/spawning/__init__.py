"""What the benchmark of starts compares."""
