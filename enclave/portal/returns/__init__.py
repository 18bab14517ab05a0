"""Handing in what lies in the return folder of a project."""
