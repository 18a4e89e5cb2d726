"""Provenance tells the commit, the state of the tree and the machine, and nothing private."""

import getpass
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from labbook.log.code.provenance import collect, git_state
from labbook.log.code.used import code_of


def git(folder, *arguments):
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path):
    """A log with one commit: a notebook, and a page beside it."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "curve.py").write_text("def train(): ...\n")
    (tmp_path / "page.md").write_text("one\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "First")
    return tmp_path


def tree(root):
    return git_state(root).tree([root / "notebooks" / "curve.py"])


def test_commit_is_that_of_the_repository(repository):
    assert git_state(repository).commit == git(repository, "rev-parse", "HEAD").strip()


def test_committed_tree_is_clean(repository):
    assert tree(repository) == "clean"


def test_unknown_file_makes_the_tree_untracked(repository):
    (repository / "new file.txt").write_text("")
    assert tree(repository) == "untracked"


def test_change_of_another_file_is_dirty_elsewhere(repository):
    (repository / "page.md").write_text("two\n")
    assert tree(repository) == "dirty elsewhere"


def test_change_of_a_used_file_is_dirty_in_used_files(repository):
    (repository / "notebooks" / "curve.py").write_text("def train(): return 1\n")
    assert tree(repository) == "dirty in used files"


def test_used_file_that_git_does_not_know_is_dirty_in_used_files(repository):
    git(repository, "rm", "-q", "--cached", "-r", "notebooks")
    git(repository, "commit", "-q", "-m", "Forget")
    assert tree(repository) == "dirty in used files"


def test_renamed_used_file_is_dirty_in_used_files(repository):
    git(repository, "mv", "notebooks/curve.py", "notebooks/ünder score.py")
    assert tree(repository) == "dirty in used files"


def test_staged_change_counts_as_dirty(repository):
    (repository / "page.md").write_text("two\n")
    git(repository, "add", "page.md")
    assert tree(repository) == "dirty elsewhere"


def test_clean_tree_has_no_diff(repository):
    assert git_state(repository).diff_digest is None


def test_two_different_edits_have_different_diff_digests(repository):
    digests = set()
    for text in ("two\n", "three\n"):
        (repository / "page.md").write_text(text)
        digests.add(git_state(repository).diff_digest)
    assert len(digests) == 2


def test_folder_below_the_top_sees_the_same_state(repository):
    (repository / "notebooks" / "curve.py").write_text("def train(): return 1\n")
    assert git_state(repository / "notebooks") == git_state(repository)


def test_repository_without_commits_has_no_commit_but_a_tree(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "a.txt").write_text("")
    state = git_state(tmp_path)
    assert (state.commit, state.tree()) == (None, "untracked")


def test_outside_a_repository_there_is_no_git_state(tmp_path):
    assert git_state(tmp_path) is None


def test_without_git_there_is_no_git_state(repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    assert git_state(repository) is None


def test_asking_git_leaves_its_index_untouched(repository):
    index = repository / ".git" / "index"
    os.utime(repository / "page.md")
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    git_state(repository)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_provenance_is_json_with_the_fields_of_a_record(repository):
    found = json.loads(json.dumps(collect(root=repository)))
    assert set(found) == {
        *("commit", "tree", "diff_digest", "versions", "host", "platform", "cpu_model"),
        *("device", "threads", "code", "code_digest"),
    }


def test_provenance_outside_a_repository_says_so(tmp_path):
    found = collect(root=tmp_path)
    assert (found["commit"], found["tree"], found["diff_digest"]) == (None, None, None)


def test_versions_name_python_and_torch(tmp_path):
    assert {"python", "labbook", "torch", "numpy"} <= set(collect(root=tmp_path)["versions"])


def test_provenance_names_neither_user_nor_host_nor_folder(repository):
    text = json.dumps(collect(code_of(collect), root=repository))
    private = {getpass.getuser(), socket.gethostname(), str(repository), str(Path.home())}
    assert not [word for word in private if len(word) > 4 and word in text]


def test_code_of_a_function_unpickled_without_its_source_is_not_known(tmp_path):
    script = (
        "import cloudpickle, sys\n"
        "from labbook.log.code.used import SourceUnknown, code_of\n"
        "function = cloudpickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "try: code_of(function)\n"
        "except SourceUnknown: print(None)\n"
    )
    maker = (
        "import cloudpickle\ndef train(seed): return seed\nprint(cloudpickle.dumps(train).hex())\n"
    )
    payload = subprocess.run([sys.executable, "-c", maker], capture_output=True, text=True)
    done = subprocess.run(
        [sys.executable, "-c", script, payload.stdout.strip()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr) == ("None\n", "")


@pytest.mark.parametrize("given", ["1", "3"])
def test_threads_follow_omp_where_torch_is_not_loaded(tmp_path, given):
    script = "from labbook.log.code.provenance import collect; print(collect()['threads'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": given},
    )
    assert done.stdout.strip() == given
