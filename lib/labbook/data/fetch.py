"""Downloads with digests, from several mirrors in turn."""

from collections.abc import Sequence
from pathlib import Path

TIMEOUT_S = 30


def cache_folder() -> Path:
    """Where downloads are kept: the user's cache folder, since all logs can share them."""
    import pooch

    return pooch.os_cache("labbook")


def download(name: str, mirrors: Sequence[str], sha256: str, folder: str | Path) -> Path:
    """The file ``name`` in ``folder``, downloaded unless it lies there with the right content.

    A file reaches its place only whole and with the right digest.

    Arguments:
        name: of the file, on every mirror and in the folder.
        mirrors: URLs of folders, ending in ``/``, tried in this order.
        sha256: hex digest of the file's content.
        folder: made if missing.

    Raises:
        OSError: no mirror gave the file (the sentence tells for each why), or the folder can't be
            written to.
    """
    import pooch
    import requests

    get = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    pooch.get_logger().setLevel("WARNING")
    reasons = []
    for mirror in mirrors:
        try:
            found = pooch.retrieve(mirror + name, f"sha256:{sha256}", name, folder, downloader=get)
        except requests.HTTPError as problem:
            reasons.append(f"{mirror} (HTTP {problem.response.status_code})")
        except requests.RequestException as problem:
            reasons.append(f"{mirror} ({type(problem).__name__})")
        except ValueError:
            reasons.append(f"{mirror} (gave a file with another digest)")
        else:
            return Path(found)
    raise OSError(
        f"no mirror gave {name}: {', '.join(reasons)}; put the file into {folder} by hand, "
        "or into a folder of your own and name that."
    )
