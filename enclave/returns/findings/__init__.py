"""What projects find out about the data, triaged into rules of the next load."""
