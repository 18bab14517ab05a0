"""What a project is shown: how many bytes left towards its members' browsers."""
