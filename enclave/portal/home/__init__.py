"""The way in: my projects, my applications, what waits for me."""
