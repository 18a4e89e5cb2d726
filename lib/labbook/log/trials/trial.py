"""A trial: what one configuration of a function is run once as."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DataDigest = str | Callable[[dict[str, Any]], str | None]


@dataclass(frozen=True)
class Trial:
    """A function's name, a configuration and the digest of the data: what is run once.

    Attributes:
        data_digest: ``""`` where no data are read, None where they are not at hand.
    """

    function_id: str
    configuration: dict[str, Any]
    data_digest: str | None
    key: str
