"""What the hospital has: sources, loads, versioned snapshots and the catalogue."""
