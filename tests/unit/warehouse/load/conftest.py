"""A warehouse, and a source to load."""

import pytest

from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import (
    write_source,
)


@pytest.fixture
def stored(settings):
    return Warehouse(settings)


@pytest.fixture
def source(tmp_path):
    return write_source(tmp_path / "source")
