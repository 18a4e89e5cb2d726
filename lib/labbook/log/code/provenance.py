"""Where a result comes from: commit, state of the tree, versions, machine, code.

Nothing here names a person, a host or a folder: records are published.
"""

import contextlib
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from labbook.log.code.reach import CodeUsed
from labbook.log.processes.workers import core_count
from labbook.log.records.key import short_digest

# What numbers are computed with, whether or not the code of a trial names it.
NUMERICS = ("labbook", "numpy", "scipy", "torch")

GIT_CACHE_S = 5.0


@dataclass(frozen=True)
class GitState:
    """The commit and what lies in the working tree beside it.

    Attributes:
        commit: full hash, or None before the first commit.
        changed: absolute paths of tracked files that differ from the commit.
        untracked: absolute paths of files and folders that git does not know.
        diff_digest: digest (16 hex digits) of ``git diff HEAD --full-index``, or None where
            no tracked file differs.
    """

    commit: str | None
    changed: frozenset[Path]
    untracked: frozenset[Path]
    diff_digest: str | None

    def tree(self, used: Iterable[Path] = ()) -> str:
        """The state of the tree for code in the files ``used``.

        Returns:
            ``clean``, ``untracked`` (nothing but unknown files, none of them used),
            ``dirty elsewhere`` or ``dirty in used files``.
        """
        for file in (Path(file).resolve() for file in used):
            if file in self.changed or not self.untracked.isdisjoint((file, *file.parents)):
                return "dirty in used files"
        if self.changed:
            return "dirty elsewhere"
        return "untracked" if self.untracked else "clean"


def collect(
    code: CodeUsed | None = None, *, root: Path | None = None, used: Iterable[Path] = ()
) -> dict:
    """Provenance of what this process computes now, as a JSON dictionary.

    Arguments:
        code: of the trial, where it is known.
        root: the log's root; the working directory when not given.
        used: further files that the result depends on, for instance the notebook's text.

    Returns:
        commit, tree, diff_digest, versions, host, platform, cpu_model, device, threads, code,
        code_digest. The versions are of the packages that the code imports, whether or not this
        process has imported them yet (see ``really_imported``). Without git, or outside a
        repository, the first three are None; the digest is, where the code is not known.
    """
    git = _cached_git_state(root or Path.cwd(), int(time.monotonic() / GIT_CACHE_S))
    return {
        "commit": git and git.commit,
        "tree": git and git.tree([*used, *(code.files if code else [])]),
        "diff_digest": git and git.diff_digest,
        "versions": versions(code.packages if code else ()),
        **machine(),
        "code": code.digests if code else {},
        "code_digest": code.digest if code else None,
    }


def machine() -> dict:
    """Where this process computes: host, platform, cpu_model, device, threads."""
    return {
        "host": f"{core_count()} cores, {cpu_model()}",
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu_model": cpu_model(),
        "device": _device(),
        "threads": _threads(),
    }


def git_state(root: Path) -> GitState | None:
    """The state of the repository around ``root``; None without git or outside a repository."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if top is None:
        return None
    status = _git(top, "status", "--porcelain", "-z", "--untracked-files=normal")
    if status is None:
        return None
    commit = _git(top, "rev-parse", "--verify", "--quiet", "HEAD")  # None before the first
    changed, untracked = set(), set()
    entries = iter(os.fsdecode(status).split("\0"))
    for entry in filter(None, entries):
        kind, path = entry[:2], top.resolve() / entry[3:]
        (untracked if kind == "??" else changed).add(path)
        if "R" in kind or "C" in kind:  # the name before stands in the next entry
            changed.add(top.resolve() / next(entries))
    diff = None
    if changed and commit:
        diff = _git(top, "diff", "HEAD", "--full-index", "--no-ext-diff", "--no-textconv")
    return GitState(
        commit.decode().strip() if commit else None,
        frozenset(changed),
        frozenset(untracked),
        short_digest(diff) if diff else None,
    )


@lru_cache(maxsize=4)
def _cached_git_state(root: Path, tick: int) -> GitState | None:
    # ``tick`` changes every GIT_CACHE_S seconds and thereby lets an old answer go.
    return git_state(root)


def _git(top: Path, *arguments: str) -> bytes | None:
    """What git prints, or None where there is no git or it refuses."""
    # No optional locks: asking must never get in the way of a commit being made.
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotepath=off", *arguments],
            cwd=top,
            env=environment,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def versions(packages: Iterable[str] = ()) -> dict[str, str]:
    """Versions of Python and of the distributions that hold packages, as far as installed.

    Arguments:
        packages: names as import statements have them; ``NUMERICS`` are added.
    """
    names = {name for package in (*NUMERICS, *packages) for name in _distributions(package)}
    return {"python": platform.python_version()} | installed_versions(sorted(names))


def installed_versions(distributions: Iterable[str]) -> dict[str, str]:
    """Version of each distribution that is installed, and of Python where it is asked for."""
    found = {}
    for name in distributions:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            python = name == "python"
            found[name] = platform.python_version() if python else _version(name)
    return found


def really_imported(versions: Mapping[str, str]) -> dict[str, str]:
    """The versions of what this process has imported."""
    loaded = {name for module in list(sys.modules) for name in _distributions(module)}
    return {name: value for name, value in versions.items() if name in loaded | {"python"}}


# Each reads and parses files, and is asked for every trial.
_version = lru_cache(importlib.metadata.version)
_all_distributions = lru_cache(maxsize=1)(importlib.metadata.packages_distributions)


def _distributions(package: str) -> list[str]:
    return _all_distributions().get(package, []) if "." not in package else []


@lru_cache(maxsize=1)
def cpu_model() -> str:
    """The processor's name as it calls itself, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _threads() -> int:
    if torch := sys.modules.get("torch"):
        return torch.get_num_threads()
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() else core_count()


def _device() -> str:
    """The GPU where this process has used one, else ``cpu``."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return torch.cuda.get_device_name()
    return "cpu"
