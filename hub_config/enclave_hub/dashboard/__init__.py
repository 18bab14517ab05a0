"""Dashboards: notebooks that everybody who may count can open as a page."""
