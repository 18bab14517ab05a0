"""What comes in: own data of a project, looked through before anybody may use them."""
