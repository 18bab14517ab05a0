"""Where servers of workspaces are born: forks of a process that knows nothing yet."""
