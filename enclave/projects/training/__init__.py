"""The yearly training: a test of ten questions out of a bank."""
