"""How much was shown to whom, for those who keep watch."""
