"""Why the numbers of an archived analysis would be others today."""
