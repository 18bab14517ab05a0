"""People, applications of every kind, approvals, projects and their members."""
