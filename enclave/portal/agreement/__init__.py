"""The user agreement: read it, accept it."""
