"""Files on their way to another store, while they come and go."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from studies.backup.services.moving_files import Files


def quiet(_words: str) -> None:
    """Nobody reads along."""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(FileSystemStorage(tmp_path / "former"), FileSystemStorage(tmp_path / "new"))


def test_a_file_that_came_and_went_while_rows_were_followed_goes_there_too(files: Files) -> None:
    files.former.save("photos/kept", ContentFile(b"1"))
    files.copy(quiet)
    files.late.clear()  # as with the first rows
    files.former.save("photos/between", ContentFile(b"2"))
    files.copy(quiet)
    assert files.new.exists("photos/between")
    files.former.delete("photos/between")
    files.copy_these([])  # no row that is known has ever named it
    assert not files.new.exists("photos/between")
    assert files.new.exists("photos/kept")


def test_only_what_came_late_is_looked_at_again(files: Files) -> None:
    files.former.save("photos/first", ContentFile(b"1"))
    files.copy(quiet)
    files.late.clear()
    files.former.save("photos/late", ContentFile(b"2"))
    files.copy(quiet)
    assert files.late == {"photos/late"}
