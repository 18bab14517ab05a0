"""The ``enclave`` command: one file per noun."""
