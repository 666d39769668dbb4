"""Cells that no spreadsheet can mistake, read back as they were written."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from studies.platform.csv_files import Cells, csv_lines, read_cell, write_cell


class TestCells:
    @given(st.text())
    def test_a_text_reads_back_as_it_was_written(self, text: str) -> None:
        assert read_cell(write_cell(text)) == text

    @given(st.text(alphabet="=+-@\t\r\n'ab1 ", min_size=1))
    def test_no_text_starts_as_a_formula(self, text: str) -> None:
        assert not write_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))

    def test_negative_numbers_stay_numbers(self) -> None:
        assert [write_cell(v) for v in (-1, -0.5, None, True)] == ["-1", "-0.5", "", "true"]

    @given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
    def test_a_file_reads_back_cell_by_cell(self, rows: list[list[str]]) -> None:
        body = b"".join(csv_lines(["a", "b"], rows, delimiter=";"))
        read_back = list(csv.reader(io.StringIO(body.decode(), newline=""), delimiter=";"))
        assert [[read_cell(cell) for cell in row] for row in read_back[1:]] == rows

    @given(st.lists(st.text(), min_size=1, max_size=3), st.floats(allow_nan=False))
    def test_shared_cells_are_written_as_any_others(self, texts: list[str], number: float) -> None:
        for delimiter in ",;\t":
            plain = [[*texts, number, "x"], [*texts, number, "y"]]
            shared = Cells([*texts, number])
            lines = list(csv_lines(["a"], plain, delimiter=delimiter))
            again = csv_lines(["a"], [(shared, "x"), (shared, "y")], delimiter=delimiter)
            assert list(again) == lines

    def test_headers_are_safe_too(self) -> None:
        assert b"".join(csv_lines(["=1+1"], [])) == b"'=1+1\r\n"
