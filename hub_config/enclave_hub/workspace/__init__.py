"""The server of a workspace: what runs inside the sandbox, and how it is described."""
