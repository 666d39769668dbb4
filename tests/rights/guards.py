"""Every call by which a service asks for a right, and each of them taken out alone.

A guard is ``require`` and its kind: a function called ``require…`` that refuses with
``NotAllowed``, by itself or through another. Found in the source, so that a service written
tomorrow is found too.
"""

import ast
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, cast

ROOT = Path(__file__).parents[2]
APPS = ("studies", "participants", "inference")
REFUSALS = {"NotAllowed", "refusal"}


@dataclass(frozen=True)
class Guard:
    """One call of a guard: where it stands, and in which function of the module."""

    module: str
    function: str  # "Part.add" for a method
    text: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.module}.{self.function}: {self.text}"


def guards() -> list[Guard]:
    """Guards called by services, but for those inside guards: to cut the outer one is enough."""
    trees = {name: ast.parse(path.read_text()) for name, path in _services()}
    shared = {"require"}
    private: set[tuple[str, str]] = set()
    number = -1
    while number != len(shared) + len(private):  # a guard may call one that is found later
        number = len(shared) + len(private)
        for module, tree in trees.items():
            for function in _functions(tree).values():
                if function.name.startswith("require") and _refuses(
                    module, function, shared, private
                ):
                    shared.add(function.name)
                if function.name.startswith("_require") and _refuses(
                    module, function, shared, private
                ):
                    private.add((module, function.name))
    return [
        Guard(module, name, ast.unparse(call), call.lineno, call.col_offset)
        for module, tree in trees.items()
        for name, function in _functions(tree).items()
        if not function.name.lstrip("_").startswith("require")
        for call, called in _calls(function)
        if called in shared or (module, called) in private
    ]


def _services() -> Iterator[tuple[str, Path]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "services" in parts:
                yield ".".join(part for part in parts if part != "__init__"), path


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Functions of a module and methods of its classes, by qualified name."""
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            methods = (node for node in owner.body if isinstance(node, ast.FunctionDef))
            found |= {f"{owner.name}.{method.name}": method for method in methods}
    return found


def _refuses(
    module: str, function: ast.FunctionDef, shared: set[str], private: set[tuple[str, str]]
) -> bool:
    return any(
        called in shared | REFUSALS or (module, called) in private
        for _call, called in _calls(function)
    )


def _calls(function: ast.FunctionDef) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            yield node, name or getattr(node.func, "id", "")


class _Cut(ast.NodeTransformer):
    def __init__(self, guard: Guard) -> None:
        self._at = guard.line, guard.column

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if (node.lineno, node.col_offset) == self._at:
            # What it was given stays looked at: a closure keeps its variables.
            given = ast.Tuple([*node.args, *(word.value for word in node.keywords)], ast.Load())
            return ast.copy_location(given, node)
        return cast("ast.expr", self.generic_visit(node))


@contextmanager
def without(guard: Guard) -> Iterator[None]:
    """The product with this one guard taken out."""
    module = import_module(guard.module)
    held: Any = module
    for name in guard.function.split("."):
        held = inspect.getattr_static(held, name)
    function = cast("FunctionType", inspect.unwrap(held))
    source = inspect.getsource(module)
    tree = ast.fix_missing_locations(_Cut(guard).visit(ast.parse(source)))
    code = _code_of(compile(tree, str(module.__file__), "exec"), guard.function)
    whole = function.__code__
    assert code is not None
    assert code.co_code != whole.co_code, f"nothing was cut: {guard}"
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = whole


def _code_of(code: CodeType, qualified: str) -> CodeType | None:
    if code.co_qualname == qualified:
        return code
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return next((found for one in inner if (found := _code_of(one, qualified))), None)
