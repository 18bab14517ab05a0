"""The footer of a Parquet file that is made of files with one row group each.

Pages do not say where they are, only the footer does. So the pages of such files may
follow one another in one file, whose footer says what theirs said, of other places.

https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from enclave.delivery.thrift import STRUCT, Struct, Values, read_struct, written


# Numbers of fields: of a footer, of a row group, of its columns, and of what is said
# of each.
_ROWS, _GROUPS = 3, 4
_COLUMNS, _GROUP_PLACE = 1, 5
_COLUMN_PLACE, _ABOUT = 2, 3
_PAGE_PLACES = (9, 10, 11, 14)


class Footer:
    """The footer of a file that row groups are added to.

    Parameters
    ----------
    first
        The footer of the first one's file.
    """

    def __init__(self, first: bytes) -> None:
        self._whole = read_struct(first)
        self._rows = 0
        self._groups: list[Struct] = []

    def add(self, footer: bytes, distance: int) -> None:
        """Add what a file's footer says of its row groups.

        Parameters
        ----------
        distance
            How far their pages have been moved.
        """
        said = read_struct(footer)
        self._rows += said[_ROWS].value
        for group in said[_GROUPS].value.values:
            _move(group, distance)
            self._groups.append(group)

    def written(self) -> bytes:
        """Return the footer."""
        _set(self._whole, _ROWS, self._rows)
        _set(self._whole, _GROUPS, Values(STRUCT, self._groups))
        return written(self._whole)


def _move(group: Struct, distance: int) -> None:
    _shift(group, _GROUP_PLACE, distance)
    for column in group[_COLUMNS].value.values:
        _shift(column, _COLUMN_PLACE, distance)
        for place in _PAGE_PLACES:
            _shift(column[_ABOUT].value, place, distance)


def _shift(struct: Struct, place: int, distance: int) -> None:
    # Where there is no such thing, nothing is said of its place, or 0.
    if place in struct and struct[place].value:
        _set(struct, place, struct[place].value + distance)


def _set(struct: Struct, number: int, value: object) -> None:
    struct[number] = struct[number]._replace(value=value)
