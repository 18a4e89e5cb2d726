"""One part of a code, a definition or a module's statements: as it is written, what it names."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labbook.log.code.names import Meaning, Names
from labbook.log.code.reading.module import Module
from labbook.log.code.reading.scopes import Import, modules_run
from labbook.log.code.reading.syntax import Writer, digest, dotted_text
from labbook.log.code.source import source_of

NOTEBOOK = "notebook"
# What reads the annotations of functions: by itself, or as an attribute.
HINTS = {"inspect.get_annotations", "typing.get_type_hints"}
ANNOTATIONS = {"__annotations__", "annotation"}


@dataclass(frozen=True)
class Part:
    """What the statements of one part say, whoever reaches it.

    Attributes:
        digest: of their syntax trees.
        source: their lines.
        named: what each name in them stands for, and the text (or its beginning) that a function of
            that name is called with.
        texts: those that may name a module.
        imported: dotted names that may be modules which import statements inside of it run.
        asks: whether it asks a class for its subclasses.
        reads_annotations: whether it reads those of some function.
    """

    digest: str
    source: str
    named: tuple[tuple[Meaning, str], ...]
    texts: frozenset[str]
    imported: frozenset[str]
    asks: bool
    reads_annotations: bool


def part_of(
    module: Module, statements: Sequence[ast.stmt], names: Names, annotated: bool = False
) -> Part:
    """Read the statements of a part.

    Arguments:
        annotated: whether the annotations of all functions count.

    Raises:
        SyntaxError: a module that they name is no Python.
    """
    named: list[tuple[Meaning, str]] = []

    def resolve(parts: tuple[str, ...], what: Import | None) -> tuple[str, int]:
        meaning = names.imported(what, parts) if what else names.of(module, parts)
        named.append((meaning, writer.given))
        return meaning.text, meaning.used

    name = module.name if module.name != NOTEBOOK else ""
    writer = Writer(resolve, name, module.is_package, annotated)
    nodes = [node for statement in statements for node in ast.walk(statement)]
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    imports = (node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
    texts = [writer.text(statement) for statement in statements]
    return Part(
        digest([*texts, *_which(meaning for meaning, _ in named)]),
        source_of(statements),
        tuple(dict.fromkeys(named)),
        frozenset(filter(None, map(dotted_text, nodes))),
        frozenset().union(*(modules_run(i, module.name, module.is_package) for i in imports)),
        "__subclasses__" in attributes,
        bool(ANNOTATIONS & attributes) or any(meaning.text in HINTS for meaning, _ in named),
    )


def _which(named: Iterable[Meaning]) -> Iterator[str]:
    """Which definition each name means, where several that are named are called the same.

    Texts have no modules, so ``(small.Net, large.Net)`` is written as ``(large.Net, small.Net)``.
    Nothing is said where each is named once, in the order of their modules.
    """
    meant = defaultdict(list)
    for meaning in named:
        meant[meaning.text].append(meaning.definitions)
    for text, found in meant.items():
        known = sorted(set(found))
        if len(known) > 1 and found != known:
            yield f"{text}: {[known.index(one) for one in found]}"
