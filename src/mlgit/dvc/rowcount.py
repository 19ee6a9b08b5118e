"""Count the rows of a table from its bytes: CSV by its lines, Parquet by the number in its footer. Pure.

Source for Parquet: https://parquet.apache.org/docs/file-format/ (the footer is a Thrift structure in the compact protocol,
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md; its field 3 is the number of rows).
"""

from __future__ import annotations

MAGIC = b"PAR1"
STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
ROWS_FIELD = 3


def can_count(path: str) -> bool:
    """Tell whether the rows of a file of this name can be counted cheaply."""
    return path.lower().endswith((".csv", ".tsv", ".parquet"))


def count(content: bytes, path: str) -> int | None:
    """Return the number of rows, the header of a CSV left out; None when the content is no such table."""
    if path.lower().endswith(".parquet"):
        return parquet_rows(content)
    return csv_rows(content, "\t" if path.lower().endswith(".tsv") else ",")


def csv_rows(content: bytes, separator: str = ",") -> int | None:
    """Return the number of rows below the header; None when it is not text in UTF-8."""
    if b'"' not in content:
        lines = content.count(b"\n") + (not content.endswith(b"\n"))
        return max(lines - 1 - blank_lines(content), 0) if content else 0
    import csv

    try:
        rows = csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), delimiter=separator)
        return max(sum(1 for row in rows if row) - 1, 0)
    except (UnicodeDecodeError, csv.Error):
        return None


def blank_lines(content: bytes) -> int:
    """Return how many lines of a text without quotes hold nothing."""
    doubled = content.count(b"\n\n") or content.count(b"\n\r\n") or content[:1] in b"\r\n"
    return sum(not line.strip() for line in content.splitlines()) if doubled else 0


def parquet_rows(content: bytes) -> int | None:
    """Return the number of rows that the footer of a Parquet file states; None when it cannot be read."""
    if len(content) < 12 or content[-4:] != MAGIC:
        return None
    length = int.from_bytes(content[-8:-4], "little")
    if length > len(content) - 12:
        return None
    try:
        return Compact(content[-8 - length : -8]).integer_field(ROWS_FIELD)
    except (IndexError, ValueError, RecursionError):
        return None


class Compact:
    """A reader of Thrift's compact protocol that can find one number and pass over the rest."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def integer_field(self, wanted: int) -> int | None:
        """Return the integer of a field of the structure that starts here, None when it has none."""
        number = 0
        while (header := self.byte()) != STOP:
            kind = header & 0x0F
            number = number + (header >> 4) if header >> 4 else self.zigzag()
            if number == wanted:
                return self.zigzag()
            self.skip(kind)
        return None

    def byte(self) -> int:
        """Return the next byte; raises IndexError at the end."""
        self._position += 1
        return self._content[self._position - 1]

    def varint(self) -> int:
        """Return the next number of variable length."""
        value = shift = 0
        while True:
            part = self.byte()
            value |= (part & 0x7F) << shift
            if not part & 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number is longer than 64 bits")

    def zigzag(self) -> int:
        """Return the next signed number."""
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def skip(self, kind: int) -> None:
        """Pass over a value of a kind."""
        if kind in (TRUE, FALSE):
            return
        if kind in (BYTE, DOUBLE):
            self.forward(1 if kind == BYTE else 8)
        elif kind == BINARY:
            self.forward(self.varint())
        elif kind in (LIST, SET):
            self.skip_list()
        elif kind == MAP:
            self.skip_map()
        elif kind == STRUCT:
            while (header := self.byte()) != STOP:
                if not header >> 4:
                    self.varint()
                self.skip(header & 0x0F)
        else:
            self.varint()

    def forward(self, length: int) -> None:
        """Pass over so many bytes; raises IndexError when there are not as many."""
        if length > len(self._content) - self._position:
            raise IndexError("the structure ends too early")
        self._position += length

    def skip_list(self) -> None:
        """Pass over a list; each of its items takes a byte at least."""
        header = self.byte()
        self.skip_items(header >> 4 if header >> 4 != 15 else self.varint(), (header & 0x0F,))

    def skip_map(self) -> None:
        """Pass over a map."""
        size = self.varint()
        if size:
            kinds = self.byte()
            self.skip_items(size, (kinds >> 4, kinds & 0x0F))

    def skip_items(self, size: int, kinds: tuple[int, ...]) -> None:
        """Pass over items of a list or map, in which a truth value takes a byte."""
        if size > len(self._content) - self._position:
            raise IndexError("more items than bytes")
        for _ in range(size):
            for kind in kinds:
                self.skip(BYTE if kind in (TRUE, FALSE) else kind)
