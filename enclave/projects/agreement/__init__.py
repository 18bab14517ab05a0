"""The user agreement: its versions, and who accepted which when."""
