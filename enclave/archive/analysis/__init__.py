"""What is archived: a notebook, or a folder of notebooks and scripts with a plan."""
