"""The project's data, inside a kernel.

>>> from enclave_kernels import project
>>> project
>>> project.lab.pandas()

``project`` is what was delivered to this project. :class:`Project` opens a delivery in
another folder.
"""

from typing import Any

from enclave_kernels.delivery import Project
from enclave_kernels.files import NoDataError
from enclave_kernels.table import NoSuchColumnError, Table


__all__ = ["NoDataError", "NoSuchColumnError", "Project", "Table", "project"]


def __getattr__(name: str) -> Any:
    # Opened when it is asked for, so that importing never fails.
    if name != "project":
        raise AttributeError(f"enclave_kernels has no {name!r}: it has {__all__}")
    return Project()


def __dir__() -> list[str]:
    return __all__
