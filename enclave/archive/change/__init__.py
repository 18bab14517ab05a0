"""Why a number changed between two snapshots."""
