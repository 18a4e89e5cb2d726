"""The how-to, and the commands that its console blocks and those of the README hold."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOWTO = (ROOT / "docs" / "howto.rst").read_text()
DAY = HOWTO[HOWTO.index("A day with a log\n") : HOWTO.index("Add an experiment\n")]


def commands_in(text: str) -> list[str]:
    """What stands behind ``$`` in the console blocks of a text, comments left out."""
    lines = re.findall(r"^\s*\$ (.+)$", text, flags=re.MULTILINE)
    return [re.sub(r"\s+#\s.*$", "", line) for line in lines]
