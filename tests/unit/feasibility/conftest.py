"""The small hospital, loaded once.

snapshot
    Its only snapshot.
"""

import pytest

from tests.builders.small_hospital import small_hospital


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory):
    return small_hospital(tmp_path_factory.mktemp("hospital"))
