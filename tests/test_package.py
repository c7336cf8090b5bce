"""The house rules, held by tests: layers, import time, public surface, sizes, what must never stand in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import khabar
from khabar.cli.main import main, parser
from tests.conftest import ROOT

PACKAGE = ROOT / "khabar"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Who may import whom: a layer imports itself and what stands below it. `training` and `annotation` are strangers.
LAYERS = [
    {"errors", "markdown"},
    {"document", "ontology", "arabic", "yaml_file"},
    {"corpus"},
    {"annotation", "training"},
    {"eval"},
    {"hub"},
    {"cli"},
]
STRANGERS = {("annotation", "training"), ("training", "annotation")}


def layer_of(room: str) -> int:
    return next(i for i, layer in enumerate(LAYERS) if room in layer)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("khabar"):
            if node.module == "khabar":
                yield from (f"khabar.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("khabar"))


@pytest.mark.parametrize("path", [m for m in MODULES if m.parent != PACKAGE], ids=lambda m: str(m.relative_to(PACKAGE)))
def test_imports_run_downwards_only(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0]
    for module in imports(path):
        there = room_of(module)
        if (there and (PACKAGE / there).exists()) or (PACKAGE / f"{there}.py").exists():
            assert layer_of(there) <= layer_of(here), f"{here} imports {module}"
            assert (here, there) not in STRANGERS, f"{here} imports {module}"


def test_the_core_imports_nothing_above_it() -> None:
    for path in PACKAGE.glob("*.py"):
        if path.stem != "__init__":
            for module in imports(path):
                assert layer_of(room_of(module)) <= layer_of(path.stem), f"{path.stem} imports {module}"


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_importing_khabar_is_quick_and_brings_nothing_heavy() -> None:
    code = (
        "import time, sys; t = time.perf_counter(); import khabar; took = time.perf_counter() - t;"
        "heavy = {'torch', 'transformers', 'label_studio_sdk', 'datasets', 'numpy', 'scipy'} & set(sys.modules);"
        "print(took, *heavy)"
    )
    best = min((run_python(code).split() for _ in range(3)), key=lambda told: float(told[0]))
    assert float(best[0]) < 0.3
    assert best[1:] == []


def test_the_help_brings_nothing_heavy() -> None:
    code = (
        "import sys; from khabar.cli.main import parser; parser();"
        "heavy = {'torch', 'transformers', 'scipy', 'trafilatura', 'gensim', 'datasketch'};"
        "print(*((heavy | {'label_studio_sdk', 'starlette', 'krippendorff'}) & set(sys.modules)))"
    )
    assert run_python(code) == ""


def test_the_public_surface_is_this() -> None:
    assert khabar.__all__ == [
        "__version__", "Argument", "Attribution", "Document", "Event", "InputError", "Ontology", "Sentence", "Source",
        "Span", "dumps", "load", "load_ontology", "loads",
    ]  # fmt: skip
    for name in khabar.__all__:
        assert getattr(khabar, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        khabar.nothing  # noqa: B018


def test_every_public_name_has_a_docstring() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_no_module_is_two_ideas_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
    assert path.stem not in {"utils", "helpers", "common", "misc", "manager"}


def verbs() -> dict[str, str]:
    (choices,) = (a.choices for a in parser()._actions if a.dest == "verb")
    assert isinstance(choices, dict)
    return {name: verb.format_help() for name, verb in choices.items()}


def test_the_verbs_of_the_contract_are_there() -> None:
    assert set(verbs()) >= {
        "ingest", "check", "stats", "agreement", "adjudicate", "train", "extract", "score", "benchmark",
        "report", "pretrain", "studio", "publish", "init",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(verbs()))
def test_every_verb_shows_an_example_of_itself(name: str) -> None:
    assert f"khabar {name} " in verbs()[name].split("example:")[1]


def test_a_wrong_command_line_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["dance"])
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert main(["--version"]) == 0
    assert f"khabar {khabar.__version__}" in capsys.readouterr().out


def test_an_error_is_one_line_and_a_traceback_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--project", str(tmp_path), "stats"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("khabar stats: ")
    with pytest.raises(khabar.InputError):
        main(["--debug", "--project", str(tmp_path), "stats"])


def tracked() -> list[Path]:
    try:
        done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_no_path_of_a_machine_and_no_unfinished_business_stands_in_the_tree() -> None:
    machine = re.compile(r"(?<![\w.])/(?:root|home|work|tmp)/[a-z]")
    unfinished = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
    here = Path(__file__).resolve()
    for path in tracked():
        if path.resolve() != here and path.is_file() and path.suffix in {".py", ".md", ".yaml", ".toml", ".cff", ""}:
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not machine.search(text), path
            assert path.suffix != ".py" or not unfinished.search(text), path


def test_nothing_generated_and_no_pickle_is_tracked() -> None:
    for path in tracked():
        name = str(path.relative_to(ROOT))
        assert not re.search(r"__pycache__|\.pyc$|\.pt$|\.bin$|\.pkl$|\.DS_Store|checkpoint-|(^|/)runs?/", name), name
