"""Downloads of structures by id, from a server on this machine."""

import gzip
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from labbook.data.structures.rcsb import download


class QuietHandler(SimpleHTTPRequestHandler):
    def log_request(self, *args):
        self.server.paths.append(Path(self.path).name)

    def log_message(self, *args):
        """Nothing: the tests' output stays readable."""


@pytest.fixture
def server(tmp_path):
    """A server of the structures 1abc and 2xyz."""
    (tmp_path / "www").mkdir()
    for name in ("1abc", "2xyz"):
        (tmp_path / "www" / f"{name}.cif.gz").write_bytes(gzip.compress(f"data_{name}\n".encode()))
    handler = partial(QuietHandler, directory=tmp_path / "www")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.paths = []
    server.url = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_structures_are_downloaded_by_id(server, tmp_path):
    paths = download(["1ABC", "2xyz"], tmp_path / "pdb", server.url)
    assert [gzip.decompress(path.read_bytes()) for path in paths] == [
        b"data_1abc\n",
        b"data_2xyz\n",
    ]


def test_what_is_there_is_not_asked_for_again(server, tmp_path):
    download(["1abc"], tmp_path / "pdb", server.url)
    download(["1abc", "2xyz"], tmp_path / "pdb", server.url)
    assert server.paths == ["1abc.cif.gz", "2xyz.cif.gz"]


def test_a_damaged_file_is_downloaded_again(server, tmp_path):
    (path,) = download(["1abc"], tmp_path / "pdb", server.url)
    path.write_bytes(path.read_bytes()[:10])
    download(["1abc"], tmp_path / "pdb", server.url)
    assert gzip.decompress(path.read_bytes()) == b"data_1abc\n"


def test_a_file_without_a_known_digest_is_not_trusted(server, tmp_path):
    (tmp_path / "pdb").mkdir()
    (tmp_path / "pdb" / "1abc.cif.gz").write_bytes(b"half a file")
    (path,) = download(["1abc"], tmp_path / "pdb", server.url)
    assert gzip.decompress(path.read_bytes()) == b"data_1abc\n"


def test_a_file_that_the_server_does_not_have_stays(server, tmp_path):
    (tmp_path / "pdb").mkdir()
    (tmp_path / "pdb" / "9zzz.cif.gz").write_bytes(b"put here by hand")
    with pytest.warns(UserWarning, match="did not give 9zzz"):
        download(["9zzz", "1abc"], tmp_path / "pdb", server.url)
    assert (tmp_path / "pdb" / "9zzz.cif.gz").read_bytes() == b"put here by hand"


def test_a_download_leaves_nothing_but_files_and_their_digests(server, tmp_path):
    download(["1abc"], tmp_path / "pdb", server.url)
    assert {path.name for path in (tmp_path / "pdb").iterdir()} == {"1abc.cif.gz", "sha256.csv"}


def test_a_file_that_is_another_one_now_is_refused(server, tmp_path):
    (path,) = download(["1abc"], tmp_path / "pdb", server.url)
    path.unlink()
    (tmp_path / "www" / "1abc.cif.gz").write_bytes(gzip.compress(b"data_new\n"))
    with pytest.raises(
        ValueError, match=r"1abc\.cif\.gz is not the file that was downloaded before"
    ):
        download(["1abc"], tmp_path / "pdb", server.url)


def test_an_id_that_the_server_does_not_have_is_left_out_with_a_warning(server, tmp_path):
    with pytest.warns(UserWarning, match=r"did not give 9zzz \(HTTP 404\)"):
        paths = download(["9zzz", "1abc"], tmp_path / "pdb", server.url)
    assert [path.name for path in paths] == ["1abc.cif.gz"]


def test_a_server_that_gives_nothing_is_an_error(server, tmp_path):
    with pytest.raises(OSError, match="gave none of 1 structures; for 9zzz: HTTP 404"):
        download(["9zzz"], tmp_path / "pdb", server.url)


def test_what_is_no_id_is_refused_before_anything_is_asked_for(server, tmp_path):
    with pytest.raises(ValueError, match="'../1abc' is no id of a structure"):
        download(["2xyz", "../1abc"], tmp_path / "pdb", server.url)
    assert server.paths == []
