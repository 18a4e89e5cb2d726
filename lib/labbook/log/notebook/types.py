"""The types that a notebook's parameter may have, read from its annotation."""

import ast
import contextlib
import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

SIMPLE = ("int", "float", "bool", "str")
INTEGER = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")


class Refused(ValueError):
    """A value that is not of the type; the message is the reason, without a full stop."""


@dataclass(frozen=True)
class Type:
    """A type of parameter.

    Attributes:
        kind: ``int``, ``float``, ``bool``, ``str``, ``None``, ``list``, ``choice``, ``union``
            or ``any`` (whatever JSON can hold).
        options: the members of a union; the type of a list's elements.
        choices: the values that a choice allows.
    """

    kind: str
    options: tuple["Type", ...] = ()
    choices: tuple = ()

    @property
    def wanted(self) -> str:
        """The type as a sentence has it after "must be"."""
        if self.kind in ("choice", "union", "any", "None"):
            return str(self)
        hint = " (true or false)" if self.kind == "bool" else ""
        return f"{'an' if self.kind == 'int' else 'a'} {self}{hint}"

    def __str__(self) -> str:
        if self.kind == "list":
            return f"list of {self.options[0]}"
        if self.kind == "choice":
            return "one of " + ", ".join(map(_plain, self.choices))
        if self.kind == "union":
            return " or ".join(map(str, self.options))
        return "anything" if self.kind == "any" else self.kind

    def parse(self, text: str) -> object:
        """The value that a text from the command line stands for.

        Raises:
            Refused: it stands for none of this type.
        """
        if self.kind == "str":
            return self.check(text)
        if self.kind == "choice":
            found = [choice for choice in self.choices if _plain(choice) == text]
            return found[0] if found else self._refuse_choice(text)
        if self.kind == "union":
            return self._first(text, "parse", sorted(self.options, key=lambda t: t.kind == "str"))
        if self.kind == "int" and INTEGER.fullmatch(text.strip()):
            with contextlib.suppress(ValueError):  # of more digits than Python reads
                return int(text)
        if self.kind == "float" and text.isascii():
            try:
                return self.check(float(text))
            except ValueError:
                pass  # said below, with the text as it was given
        if self.kind == "bool" and text.strip().lower() in ("true", "false"):
            return text.strip().lower() == "true"
        if self.kind == "None" and text.strip().lower() in ("none", "null"):
            return None
        if self.kind in ("list", "any"):
            return self.check(_literal(text))
        raise Refused(f"{text!r} is not" if text else "an empty text is not")

    def check(self, value: object) -> object:
        """The value in the plain Python type that stands for it.

        NumPy scalars become Python numbers, tuples lists; whole numbers become floats where
        a float is wanted. Nothing ever becomes a text.

        Raises:
            Refused: the value is of another type.
        """
        value = _without_numpy(value)
        if self.kind == "union":
            return self._first(value, "check", self.options)
        if self.kind == "any":
            return _json(value)
        if self.kind == "choice":
            same = [c for c in self.choices if type(c) is type(value) and c == value]
            return same[0] if same else self._refuse_choice(value)
        if self.kind == "None" and value is None:
            return None
        if self.kind == "list" and type(value) in (list, tuple):
            return [self._check_element(number, element) for number, element in enumerate(value, 1)]
        if self.kind == "float" and type(value) in (int, float) and _is_finite(value):
            return float(value)
        if self.kind == "str" and type(value) is str:
            return _text(value)
        if self.kind in ("int", "bool") and type(value).__name__ == self.kind:
            return value
        raise Refused(f"{describe(value)} is not")

    def _check_element(self, number: int, element: object) -> object:
        try:
            return self.options[0].check(element)
        except Refused as refused:
            raise Refused(f"of its element {number}, {refused}") from None

    def _first(self, value: object, how: str, options: Iterable["Type"]) -> object:
        reasons = []
        for option in options:
            try:
                return getattr(option, how)(value)
            except Refused as refused:
                reasons.append(refused)
        raise reasons[-1] if len(reasons) == 1 else Refused(f"{describe(value)} is not")

    def _refuse_choice(self, value: object) -> None:
        texts = [_plain(choice) for choice in self.choices]
        near = difflib.get_close_matches(str(value), texts, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise Refused(f"{describe(value)} is not{hint}")


ANY = Type("any")


def read_annotation(node: ast.expr) -> Type:
    """The type that an annotation's syntax tree writes down.

    Raises:
        Refused: the annotation is none that a parameter can have.
    """
    if isinstance(node, ast.Constant) and node.value is None:
        return Type("None")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        with contextlib.suppress(SyntaxError):
            return read_annotation(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    name = _name(node.value if isinstance(node, ast.Subscript) else node)
    if not isinstance(node, ast.Subscript):
        if name in SIMPLE:
            return Type(name)
        if name in ("list", "List"):
            return Type("list", (ANY,))
    else:
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            with contextlib.suppress(ValueError, TypeError):
                return Type("choice", choices=tuple(map(ast.literal_eval, inner)))
        if name == "Optional" and len(inner) == 1:
            return _union([*inner, ast.Constant(None)])
        if name == "Union":
            return _union(inner)
        if name in ("list", "List") and len(inner) == 1:
            return Type("list", (read_annotation(inner[0]),))
    raise Refused(
        f"{ast.unparse(node)} is not a type that a parameter can have; those are int, float, "
        "bool, str, list[…], Literal[…] of values written out, and any of them or None"
    )


def type_of(value: object) -> Type:
    """The type of a parameter that has no annotation: that of its default.

    Raises:
        Refused: the default is nothing that JSON can hold.
    """
    if value is None:
        return ANY
    if type(value).__name__ in SIMPLE:
        return Type(type(value).__name__)
    if type(value) is list:
        kinds = {type_of(element) for element in value}
        return Type("list", (kinds.pop() if len(kinds) == 1 else ANY,))
    raise Refused(f"{describe(value)} is nothing that a parameter can be")


def describe(value: object) -> str:
    """How a message names a value."""
    text = repr(value)
    text = text if len(text) <= 40 else text[:39] + "…"
    if type(value) in (int, float, str, type(None), bool):
        return text
    kind = type(value)
    if kind in (list, tuple, dict, set):
        return f"the {kind.__name__} {text}"
    return f"a {kind.__module__}.{kind.__qualname__}"


def _union(nodes: Iterable[ast.expr]) -> Type:
    options: list[Type] = []
    for node in nodes:
        found = read_annotation(node)
        options.extend(found.options if found.kind == "union" else [found])
    return Type("union", tuple(options))


def _name(node: ast.expr) -> str:
    """The last part of ``typing.Literal`` or ``Literal``."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _literal(text: str) -> object:
    """A value written as Python or, failing that, as YAML (``[relu, gelu]``)."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass  # no Python literal; YAML has lists of bare words
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise Refused(f"{text!r} is not") from None


def _without_numpy(value: object) -> object:
    """A NumPy scalar as a Python number; anything else as it is (NumPy is not imported)."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value


def _json(value: object) -> object:
    value = _without_numpy(value)
    if type(value) is str:
        return _text(value)
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) in (list, tuple):
        return [_json(element) for element in value]
    raise Refused(f"{describe(value)} is not")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float is near
        return False


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:  # no record could hold it; a terminal gives bytes so
        raise Refused(f"{describe(value)} is not valid Unicode text") from None
    return value
