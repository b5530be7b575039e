"""The house stays one that a newcomer can walk through: no circles of imports, no file that is too long."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("gazehub", "train", "convert", "benchmarks")
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imports(path):
    """Modules of the project that a file imports, wherever in the file, but for typing alone."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in FILES else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_imports_run_in_no_circle():
    graph = {name: {other for other in imports(path) if other in FILES} - {name} for name, path in FILES.items()}
    assert graph["gazehub.cli"]  # it sees imports
    assert len(list(TopologicalSorter(graph).static_order())) == len(
        FILES
    )  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_longer_than_350_lines(name):
    assert len(FILES[name].read_text().splitlines()) <= 350
