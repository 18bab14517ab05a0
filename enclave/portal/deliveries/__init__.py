"""What a project was delivered: the receipt, and which columns anybody has read."""
