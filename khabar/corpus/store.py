"""Where documents live: a project's folders, and files that are never half written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from khabar.document import Document, dumps, dumps_line, load, loads
from khabar.errors import InputError
from khabar.ontology import Ontology, load_ontology


@dataclass(frozen=True)
class Project:
    """A folder of the shape that khabar works on; `khabar init` makes one.

    Attributes:
        root: The folder that holds `corpus/ontology.yaml`.
    """

    root: Path

    @cached_property
    def ontology(self) -> Ontology:
        """The project's own labels."""
        return load_ontology(self.root / "corpus" / "ontology.yaml")

    @property
    def articles(self) -> Path:
        """Raw text as it was found, and the manifest."""
        return self.root / "corpus" / "articles"

    @property
    def manifest(self) -> Path:
        """What cannot be derived from the raw articles."""
        return self.articles / "manifest.yaml"

    @property
    def gold(self) -> Path:
        """The annotated documents, one JSON file each."""
        return self.root / "corpus" / "gold"

    @property
    def authored(self) -> Path:
        """The supplement: documents written for training, annotated like the gold and never mixed with it."""
        return self.root / "corpus" / "authored"

    @property
    def folds(self) -> Path:
        """Which stories are trained on and which are held out."""
        return self.root / "corpus" / "folds.yaml"

    @property
    def rounds(self) -> Path:
        """Each annotator's own pass, and the adjudication log."""
        return self.root / "annotation" / "rounds"

    def passes(self, round: str) -> list[Path]:
        """The annotators' folders of a round that hold documents, by name; its `gold` is no annotator's."""
        folders = sorted((self.rounds / round).glob("*/"))
        return [folder for folder in folders if folder.name != "gold" and any(folder.glob("*.json"))]

    @property
    def corpus_version(self) -> str:
        """Version of the corpus, as `corpus/VERSION` says; `0` where there is none."""
        file = self.root / "corpus" / "VERSION"
        return file.read_text(encoding="utf-8").strip() if file.is_file() else "0"

    @property
    def ledger(self) -> Path:
        """One line a benchmark run."""
        return self.root / "eval" / "ledger.jsonl"

    def gold_documents(self) -> list[Document]:
        """All of `corpus/gold`, sorted by id.

        Raises:
            InputError: If there is none, or one cannot be read.
        """
        return read_documents([self.gold])

    def authored_documents(self) -> list[Document]:
        """All of `corpus/authored`, sorted by id; none where the project has no supplement.

        Raises:
            InputError: If one cannot be read.
        """
        return read_documents(sorted(self.authored.glob("*.json")))


def find_project(start: Path | None = None) -> Project:
    """The project that a folder belongs to.

    Args:
        start: A folder in the project; the working directory if None.

    Raises:
        InputError: If neither the folder nor any parent holds `corpus/ontology.yaml`.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "corpus" / "ontology.yaml").is_file():
            return Project(folder)
    raise InputError("no khabar project here or above (no corpus/ontology.yaml); name one with --project DIR", start)


def document_files(paths: Iterable[Path]) -> list[Path]:
    """The document files that paths name: files as they are, of folders every `*.json` and `*.jsonl` right inside.

    Raises:
        InputError: If a path does not exist, or a folder holds no document.
    """
    return files_of(paths, (".json", ".jsonl"), "documents")


def files_of(paths: Iterable[Path], suffixes: Sequence[str], what: str) -> list[Path]:
    """The files that paths name: files as they are, of folders every one right inside that has one of the suffixes.

    Args:
        paths: Files and folders.
        suffixes: With their dots.
        what: What the files hold, for an error.

    Raises:
        InputError: If a path does not exist, or a folder holds no such file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix in suffixes and p.is_file())
            if not inside:
                raise InputError(f"holds no {what} ({', '.join(f'*{suffix}' for suffix in suffixes)})", path)
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InputError("does not exist", path)
    return found


def iterate_documents(paths: Iterable[Path]) -> Iterator[tuple[Path, Document]]:
    """Documents with the file of each, as `document_files` orders them.

    Raises:
        InputError: If a file cannot be read; names the file and, in a `.jsonl`, the line.
    """
    for path in document_files(paths):
        if path.suffix == ".jsonl":
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                if line.strip():
                    yield path, loads(line, f"{path}:{number}")
        else:
            yield path, load(path)


def read_documents(paths: Iterable[Path]) -> list[Document]:
    """Reads the documents that paths name; see `iterate_documents`.

    Raises:
        InputError: If one cannot be read, or two have the same id.
    """
    seen: dict[str, Path] = {}
    documents = []
    for path, document in iterate_documents(paths):
        if document.id in seen:
            raise InputError(f"the document {document.id} stands in {seen[document.id]} too", path)
        seen[document.id] = path
        documents.append(document)
    return documents


def decode_text(raw: bytes, name: Path | str) -> str:
    """Text of a file that should be UTF-8; a byte-order mark stays.

    Raises:
        InputError: If it is not; names the byte, and the command that most likely mends it.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "windows-1256"
        remedy = f"convert it, perhaps with `iconv -f {encoding} -t utf-8`"
        raise InputError(f"is not UTF-8 text; {remedy}", name, f"byte {error.start}") from None


def write_atomic(path: Path, data: str | bytes) -> None:
    """Writes a file whole or not at all: into a temporary file beside it, then renamed.

    Raises:
        InputError: If the folder cannot be written to.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_document(document: Document, folder: Path) -> Path:
    """Writes a document to `folder/<id>.json`, atomically; gives the file's path."""
    path = folder / f"{document.id}.json"
    write_atomic(path, dumps(document))
    return path


def write_jsonl(documents: Sequence[Document], path: Path) -> None:
    """Writes documents to one file, one a line, atomically."""
    write_atomic(path, "".join(dumps_line(document) + "\n" for document in documents))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
