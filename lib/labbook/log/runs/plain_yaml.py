"""YAML without its traps: what it would read as something else than it looks is refused."""

import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
_OCTAL = re.compile(r"[-+]?0[0-9_]+")


class Trap(ValueError):
    """Something that YAML reads otherwise than it looks, or that says too much."""


def load(text: str) -> Any:
    """What a YAML text says, in which every value is what it looks like.

    Numbers such as ``1e-3``, which YAML 1.1 takes for text, are numbers.

    Raises:
        Trap: words that are truth values (``no``), dates, octal and sexagesimal numbers, a name
            that stands twice, an alias, or nesting without end; the sentence names the line and
            what to write.
        YAMLError: it is no YAML.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node)
        return loader.construct_document(node)
    except RecursionError:
        raise Trap("it is nested too deep") from None
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """Composes nodes, but follows no alias: a few lines of them can say a million values."""

    def compose_node(self, parent: Any, index: Any) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise Trap(f"line {event.start_mark.line + 1}: write out what *{event.anchor} is for")
        return super().compose_node(parent, index)


def _check(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode):
        _check_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check(item)
    else:
        names = set()
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise Trap(f"{_line(name)}: a list is no name; write one word before the colon")
            if name.value in names:
                raise Trap(f"{_line(name)}: {name.value} stands twice; let it stand once")
            names.add(name.value)
            _check(name)
            _check(value)


def _check_scalar(node: yaml.ScalarNode) -> None:
    kind, text = node.tag.removeprefix(_TAG), node.value
    if node.style is not None:  # in quotes it is the text that it looks like
        return
    if kind == "bool" and text.lower() not in ("true", "false"):
        truth = text.lower() in ("yes", "on")
        meant = "true" if truth else "false"
        raise Trap(f'{_line(node)}: {text} may be a word; write {meant}, or "{text}" for the text')
    if kind == "timestamp":
        raise Trap(f'{_line(node)}: {text} is a date; write "{text}" for the text')
    if kind in ("int", "float") and ":" in text:
        raise Trap(f'{_line(node)}: {text} would be a number to the base 60; write "{text}"')
    if kind == "int" and _OCTAL.fullmatch(text):
        plain = text.lstrip("+-0_") or "0"
        raise Trap(f'{_line(node)}: {text} would be octal; write {plain}, or "{text}" for the text')
    if kind == "merge":
        raise Trap(f"{_line(node)}: write out what << would bring in")
    if kind == "str" and _FLOAT.fullmatch(text):
        # The constructor of floats knows no exponent without a dot, but Python does.
        node.tag, node.value = f"{_TAG}float", repr(float(text))


def _line(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"
