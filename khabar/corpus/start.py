"""A project that holds nothing yet: what `khabar init` makes.

What it is made from are files of the package (`template/`), not strings in code: they stand as they will be read and
edited, comments included, and the tests read each as any project's.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from khabar.corpus.store import Project, write_atomic
from khabar.errors import InputError

_TEMPLATE = Path(__file__).parent / "template"
# Where nothing stands yet, so that no file of the package can make them.
_EMPTY = ("corpus/gold", "annotation/rounds")
_LAST = "corpus"


def start_project(folder: Path) -> Project:
    """Makes an empty project, whole or not at all.

    Args:
        folder: Where; made if need be.

    Raises:
        InputError: If it holds anything, is no folder, or cannot be written to.
    """
    try:
        made = _missing(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if there := min((path.name for path in folder.iterdir()), default=None):
            raise InputError(f"holds {there}; name a new or an empty folder", folder)
        try:
            _fill(folder)
        except BaseException:
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            for path in made:
                path.rmdir()
            raise
    except FileExistsError:
        raise InputError("is no folder", folder) from None
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", folder) from None
    return Project(folder)


def _fill(folder: Path) -> None:
    """Puts everything beside its place, then in it: `corpus` last, for with it the folder is a project."""
    staged = Path(tempfile.mkdtemp(dir=folder, prefix=".khabar-init."))
    for file in _TEMPLATE.rglob("*"):
        if file.is_file():
            write_atomic(staged / file.relative_to(_TEMPLATE), file.read_bytes())
    for name in _EMPTY:
        (staged / name).mkdir(parents=True)
    for path in sorted(staged.iterdir(), key=lambda path: path.name == _LAST):
        path.rename(folder / path.name)
    staged.rmdir()


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]
