"""The formats of a delivery: Parquet, CSV, SAS transport (XPT) and Stata.

Parquet is written first, with its rows in their final order. Every other format is made
from that file, some thousand rows at a time, so that a table of any length needs the
same memory, and so that the same rows are the same bytes in every format.
"""
