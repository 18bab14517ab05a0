"""Kernels: started closed off, run to the end, and honest about how that went."""

import sys


# jsonschema, which nbformat needs, builds a parser for international addresses when it
# is imported. That takes longer than starting a kernel, and no notebook has such a
# field; without the package, jsonschema does not check them.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] # so Python says
