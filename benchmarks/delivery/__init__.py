"""Deliveries beside the bare COPY, the naive way and pyreadstat."""
