"""The small hospital, loaded once.

hospital
    The settings of its installation.
catalogue
    The catalogue of its snapshot.
"""

import pytest

from enclave.warehouse.warehouse import Warehouse
from tests.builders.small_hospital import load_small_hospital


@pytest.fixture(scope="session")
def hospital(tmp_path_factory):
    return load_small_hospital(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="session")
def catalogue(hospital):
    return Warehouse(hospital).snapshot().catalogue
