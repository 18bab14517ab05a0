"""The domain of the enclave: one folder per noun, and no Jupyter in it."""

__version__ = "0.1.0"
