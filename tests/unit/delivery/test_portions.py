"""What is too much for memory comes in portions of a size, whatever comes first."""

import duckdb

from enclave.delivery import portions


def test_portions_are_as_small_where_wide_rows_come_last(tmp_path, monkeypatch):
    portion, persons = 1 << 20, 10_000
    monkeypatch.setattr(portions, "PORTION", portion)
    connection = duckdb.connect(
        config={"temp_directory": str(tmp_path / "aside"), "threads": 1}
    )
    narrow, wide = 300_000, 30_000
    rows = connection.sql(
        """
        SELECT (i % $persons)::INTEGER AS _rank, 'a' AS note
        FROM range($narrow) AS one (i)
        UNION ALL
        SELECT (i % $persons)::INTEGER, repeat('b', 400)
        FROM range($wide) AS two (i)
        """,
        params={"persons": persons, "narrow": narrow, "wide": wide},
    )

    found = [
        (len(one), one.nbytes) for one in portions.portions(connection, rows, persons)
    ]

    assert sum(count for count, _ in found) == narrow + wide
    # A range of persons more or less, and what a run has before it is full.
    assert max(size for _, size in found) < 2 * portion
