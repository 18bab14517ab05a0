"""How Sphinx builds these pages."""

from enclave import __version__


project = "Hospital enclave"
author = "the hospital-enclave developers"
copyright = "2026, the hospital-enclave developers"
release = __version__
extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.intersphinx"]
html_theme = "furo"
html_title = "Hospital enclave"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"
numpydoc_show_class_members = False
intersphinx_mapping: dict[str, tuple[str, None]] = {}
