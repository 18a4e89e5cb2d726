"""YAML without its traps: what it would read as something else than it looks is refused."""

import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
# Tags that YAML 1.1 gives to texts without quotes which look like something else, and the advice.
_TRAPS = (
    ("bool", "(?i)yes|on", 'may be a word; write true, or "{text}" for the text'),
    ("bool", "(?i)no|off", 'may be a word; write false, or "{text}" for the text'),
    ("timestamp", ".*", 'is a date; write "{text}" for the text'),
    ("int", ".*:.*", 'would be a number to the base 60; write "{text}"'),
    ("float", ".*:.*", 'would be a number to the base 60; write "{text}"'),
    ("int", "[-+]?0[0-9_]+", 'would be octal; write {plain}, or "{text}" for the text'),
    ("merge", ".*", "is for what stands elsewhere; write it out"),
)


class Trap(ValueError):
    """Something that YAML reads otherwise than it looks, or that says too much."""

    @classmethod
    def at(cls, place: yaml.Node | yaml.Event, what: str) -> "Trap":
        """The error for a node; ``what`` is wrong with it."""
        return cls(f"line {place.start_mark.line + 1}: {what}")


class _Loader(yaml.SafeLoader):
    """Composes nodes, but follows no alias: a few lines of them can say a million values."""

    def compose_node(self, parent: Any, index: Any) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            raise Trap.at(self.peek_event(), f"write out what *{self.peek_event().anchor} is for")
        node = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            _check_names([name for name, _ in node.value])
        elif isinstance(node, yaml.ScalarNode) and node.style is None:  # not in quotes
            for tag, looks, advice in _TRAPS:
                if node.tag == _TAG + tag and re.fullmatch(looks, node.value):
                    plain = node.value.lstrip("+-0_") or "0"
                    advice = advice.format(text=node.value, plain=plain)
                    raise Trap.at(node, f"{node.value} {advice}")
        return node


# YAML 1.1 wants a dot before an exponent; Python does not.
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+$")
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))


def load(text: str) -> Any:
    """What a YAML text says, in which every value is what it looks like.

    Numbers such as ``1e-3``, which YAML 1.1 takes for text, are numbers.

    Raises:
        Trap: words that are truth values (``no``), dates, octal and sexagesimal numbers, a name
            that stands twice, an alias, or nesting without end; the sentence names the line and
            what to write.
        YAMLError: it is no YAML.
    """
    try:
        return yaml.load(text, _Loader)
    except RecursionError:
        raise Trap("it is nested too deep") from None


def _check_names(nodes: list[yaml.Node]) -> None:
    names = set()
    for node in nodes:
        if not isinstance(node, yaml.ScalarNode):
            raise Trap.at(node, "a list is no name; write one word before the colon")
        if node.value in names:
            raise Trap.at(node, f"{node.value} stands twice; let it stand once")
        names.add(node.value)
