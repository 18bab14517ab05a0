"""JupyterHub for the enclave: sign-in, workspaces, services and pages."""
