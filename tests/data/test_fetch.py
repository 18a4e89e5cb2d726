"""Downloads, from a server on this machine."""

import hashlib
import socket
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from labbook.data.fetch import download

CONTENT = bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9])
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_request(self, *args):
        self.server.paths.append(self.path)

    def log_message(self, *args):
        """Nothing: the tests' output stays readable."""


@pytest.fixture
def server(tmp_path):
    """A server of ``wrong/file.gz`` and ``good/file.gz``; there is no ``absent/file.gz``."""
    for mirror, content in (("wrong", b"an error page"), ("good", CONTENT)):
        (tmp_path / "www" / mirror).mkdir(parents=True)
        (tmp_path / "www" / mirror / "file.gz").write_bytes(content)
    handler = partial(QuietHandler, directory=tmp_path / "www")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.paths = []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def mirrors(server, *names: str) -> list[str]:
    return [f"http://127.0.0.1:{server.server_port}/{name}/" for name in names]


def test_mirrors_are_tried_until_one_is_good(server, tmp_path):
    path = download("file.gz", mirrors(server, "absent", "wrong", "good"), SHA256, tmp_path / "c")
    assert path.read_bytes() == CONTENT
    assert [Path(p).parent.name for p in server.paths] == ["absent", "wrong", "good"]


def test_a_file_that_is_there_is_not_downloaded_again(server, tmp_path):
    for _ in range(2):
        download("file.gz", mirrors(server, "good"), SHA256, tmp_path / "c")
    assert len(server.paths) == 1


def test_a_damaged_file_is_replaced(server, tmp_path):
    (tmp_path / "file.gz").write_bytes(CONTENT[:5])
    assert download("file.gz", mirrors(server, "good"), SHA256, tmp_path).read_bytes() == CONTENT


def test_when_all_mirrors_fail_each_is_named_with_its_reason(server, tmp_path):
    with socket.socket() as closed:  # bound but not listening: refuses connections
        closed.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(OSError) as caught:
            download("file.gz", [*mirrors(server, "absent", "wrong"), deaf], SHA256, tmp_path / "c")
    sentence = str(caught.value)
    assert "/absent/ (HTTP 404)" in sentence
    assert "/wrong/ (gave a file with another digest)" in sentence
    assert f"{deaf} (ConnectionError)" in sentence


def test_when_all_mirrors_fail_nothing_is_left(server, tmp_path):
    with pytest.raises(OSError):
        download("file.gz", mirrors(server, "absent", "wrong"), SHA256, tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []
