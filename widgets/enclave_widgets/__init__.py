"""What people click: widgets for notebooks and dashboards, on top of the portal."""
