"""Where a load reads from: a folder of files, a DuckDB file, or any Ibis backend."""
