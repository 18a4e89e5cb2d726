"""One pandoc process for a whole build, in place of two for each Markdown cell.

nbsphinx starts pandoc twice a cell: Markdown to its syntax tree, and the tree, after a filter in
Python, to reST. The same two conversions are asked here of one process that stays: pandoc's own
Lua interpreter, fed through its standard input. What comes out is the same text, since nbsphinx's
own code still prepares, filters and finishes every cell.
"""

import atexit
import subprocess
import threading

import nbsphinx
import pypandoc

# Each request: a line "from to bytes" and the text; each answer: a line "word bytes" and a text.
# Only raw HTML and LaTeX concern the filter: a text without any is answered at once ("ok"), and
# one with some by its tree ("tree"), which comes back filtered.
SERVER = """
local options = {columns = 500}
local function convert(text, from, to)
  local document = pandoc.read(text, from)
  local raw = false
  local function found() raw = true end
  if from ~= "json" then document:walk({RawInline = found, RawBlock = found}) end
  return pandoc.write(document, raw and "json" or to, options), raw
end
while true do
  local header = io.read("l")
  if not header then break end
  local from, to, size = header:match("^(%S+) (%S+) (%d+)$")
  size = tonumber(size)
  local text = size > 0 and io.read(size) or ""
  local ok, result, raw = pcall(convert, text, from, to)
  result = tostring(result)
  io.write(ok and (raw and "tree" or "ok") or "error", " ", #result, "\\n", result)
  io.flush()
end
"""


class Pandoc:
    """A pandoc process that converts one text after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [pypandoc.get_pandoc_path(), "lua", "-e", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Of its own group, so that Ctrl-C at a build doesn't end it in the middle of a cell.
            start_new_session=True,
        )
        self._lock = threading.Lock()

    def convert(self, text: str, from_format: str, to_format: str) -> tuple[str, bool]:
        """Convert a text between two of pandoc's formats.

        Returns:
            The text, and whether it is done; otherwise it is the syntax tree (JSON) of a text
            with raw HTML or LaTeX in it.

        Raises:
            RuntimeError: pandoc refused the text, or has died.
        """
        data = text.encode()
        with self._lock:
            try:
                self._process.stdin.write(f"{from_format} {to_format} {len(data)}\n".encode())
                self._process.stdin.write(data)
                self._process.stdin.flush()
            except BrokenPipeError:
                raise RuntimeError("pandoc has ended before the build did.") from None
            answer = self._process.stdout.readline().split()
            if len(answer) != 2:
                raise RuntimeError("pandoc ended while it converted a Markdown cell.")
            result = self._process.stdout.read(int(answer[1])).decode()
        if answer[0] == b"error":
            raise RuntimeError(f"pandoc cannot convert a Markdown cell: {result}")
        return result, answer[0] == b"ok"

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


class _Shared:
    """The process of this build, started when the first cell needs it."""

    def __init__(self) -> None:
        self.pandoc: Pandoc | None = None

    def convert(self, source, fmt, to, filter_func=None):
        """What ``nbsphinx.pandoc`` does, with the same arguments and the same result."""
        if self.pandoc is None:
            self.pandoc = Pandoc()
            atexit.register(self.close)
        result, done = self.pandoc.convert(source, fmt, to)
        if not done:
            tree = filter_func(result) if filter_func else result
            result, _ = self.pandoc.convert(tree, "json", to)
        return result.rstrip("\n")

    def close(self, *_) -> None:
        if self.pandoc is not None:
            atexit.unregister(self.close)
            self.pandoc.close()
            self.pandoc = None


def setup(app) -> None:
    """Let nbsphinx convert Markdown through one process, ended with the build."""
    shared = _Shared()
    nbsphinx.pandoc = shared.convert
    app.connect("build-finished", shared.close)
