"""The stop button: what is stopped, and the forms to stop and to lift."""
