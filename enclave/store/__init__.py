"""The application database: tables, sessions and migrations."""
