"""Which modules of the library a piece of code reaches, read from import statements.

Nothing is imported here: files are parsed. A module counts when an import statement names
it anywhere, inside functions too, and so does the ``__init__`` of every package above it.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

PACKAGE = "labbook"

# These show, keep and start trials; they do not change what a trial computes.
EXCLUDED = ("labbook.log", "labbook.site", "labbook.cli")


def library_folder(root: Path | None = None) -> Path:
    """The folder of the package ``labbook``: the log's own ``lib/``, else the installed one."""
    if root is not None and (own := root / "lib" / PACKAGE).is_dir():
        return own
    return Path(__file__).resolve().parents[1]


def module_file(module: str, folder: Path) -> Path | None:
    """The source file of a module (``labbook.models.mixer``), or None where there is none.

    Arguments:
        module: dotted name; its first part is the package that lies in ``folder``.
        folder: the folder of that package, for instance ``lib/labbook``.
    """
    path = folder.joinpath(*module.split(".")[1:])
    candidates = [path / "__init__.py"]
    if path != folder:
        candidates.append(path.with_name(path.name + ".py"))
    return next((file for file in candidates if file.is_file()), None)


def syntax_digest(*nodes: ast.AST) -> str:
    """Digest (16 hex digits) of syntax trees without positions, comments and docstrings.

    Every bare string statement is dropped, for it computes nothing. The text that is
    digested leaves out empty fields, so that it is the same in all supported Pythons.
    """
    text = "\n".join(_dump(node) for node in nodes)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _dump(value: object) -> str:
    if isinstance(value, ast.AST):
        # Constant(value=None) is the literal None; anywhere else None means "not written".
        written = [
            (name, field)
            for name, field in ast.iter_fields(value)
            if name not in ("ctx", "kind", "type_comment")
            and (isinstance(value, ast.Constant) or (field is not None and field != []))
        ]
        return f"{type(value).__name__}({', '.join(f'{n}={_dump(f)}' for n, f in written)})"
    if isinstance(value, list):
        return "[" + ", ".join(_dump(item) for item in value if not _is_bare_string(item)) + "]"
    return repr(value)


def _is_bare_string(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@lru_cache(maxsize=512)
def read_module(text: str, module: str, is_package: bool) -> tuple[str, frozenset[str]]:
    """Digest of a module's text and the dotted names that its import statements mention.

    A text that does not parse gets the digest of the text itself and imports nothing: it
    differs from every text that does.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return hashlib.sha256(text.encode()).hexdigest()[:16], frozenset()
    return syntax_digest(tree), frozenset(imported_names([tree], module, is_package))


def imported_names(
    nodes: Iterable[ast.AST], module: str = "", is_package: bool = False
) -> Iterator[str]:
    """Dotted names in the import statements of ``nodes``, at any depth.

    ``from a.b import c`` gives both ``a.b`` and ``a.b.c``, for ``c`` may be a submodule.

    Arguments:
        module: the module that the nodes stand in, for relative imports.
        is_package: whether that module is the ``__init__`` of a package.
    """
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import):
                yield from (alias.name for alias in inner.names)
            elif isinstance(inner, ast.ImportFrom):
                base = absolute_name(inner, module, is_package)
                yield base
                yield from (f"{base}.{alias.name}" for alias in inner.names if alias.name != "*")


def absolute_name(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The dotted name after ``from``, with the dots of a relative import resolved."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    above = parts[: len(parts) - node.level + is_package]
    return ".".join([*above, node.module] if node.module else above)


def reached_modules(names: Iterable[str], folder: Path) -> dict[str, tuple[str, Path]]:
    """The library's modules that the dotted ``names`` lead to, transitively.

    ``labbook.log``, ``labbook.site`` and ``labbook.cli`` are left out.

    Returns:
        ``{module: (syntax digest, file)}``, sorted by module. Names that are no file (a class,
        a function) lead to the module they stand in.
    """
    found: dict[str, tuple[str, Path]] = {}
    waiting = [prefix for name in names for prefix in _prefixes(name)]
    while waiting:
        module = waiting.pop()
        if module in found or not _counts(module):
            continue
        file = module_file(module, folder)
        if file is None:
            continue
        text = file.read_text(encoding="utf-8")
        digest, mentioned = read_module(text, module, file.name == "__init__.py")
        found[module] = (digest, file)
        waiting.extend(prefix for name in mentioned for prefix in _prefixes(name))
    return dict(sorted(found.items()))


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _counts(module: str) -> bool:
    if module != PACKAGE and not module.startswith(PACKAGE + "."):
        return False
    return not any(module == name or module.startswith(name + ".") for name in EXCLUDED)
