"""From an agreed data request to a project's tables: grant, delivery, receipt."""
