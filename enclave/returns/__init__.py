"""What a project gives back: cleaned data, and what it found out about the data."""
