"""One pandoc process for a whole build, in place of two for each Markdown cell.

nbsphinx starts pandoc twice a cell: Markdown to its syntax tree, and the tree, after a filter in
Python, to reST. The same two conversions are asked here of one process that stays: pandoc's own
Lua interpreter, fed through its standard input. What comes out is the same text, since nbsphinx's
own code still prepares, filters and finishes every cell.
"""

import atexit
import subprocess
from contextlib import suppress

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
    """A pandoc process that converts one text after the other; it starts with the first."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def convert(self, source: str, fmt: str, to: str, filter_func=None) -> str:
        """What ``nbsphinx.pandoc`` does, with the same arguments and the same result.

        Raises:
            RuntimeError: pandoc refused the text, or has died.
        """
        result, done = self._ask(source, fmt, to)
        if not done:
            tree = filter_func(result) if filter_func else result
            result, _ = self._ask(tree, "json", to)
        return result.rstrip("\n")

    def _ask(self, text: str, from_format: str, to_format: str) -> tuple[str, bool]:
        """A text in another of pandoc's formats, and whether it is done.

        Otherwise it is the syntax tree (JSON) of a text with raw HTML or LaTeX in it.
        """
        process = self._process = self._process or self._start()
        data = text.encode()
        try:
            process.stdin.write(f"{from_format} {to_format} {len(data)}\n".encode())
            process.stdin.write(data)
            process.stdin.flush()
        except BrokenPipeError:
            raise RuntimeError("pandoc has ended before the build did.") from None
        answer = process.stdout.readline().split()
        if len(answer) != 2:
            raise RuntimeError("pandoc ended while it converted a Markdown cell.")
        result = process.stdout.read(int(answer[1])).decode()
        if answer[0] == b"error":
            raise RuntimeError(f"pandoc cannot convert a Markdown cell: {result}")
        return result, answer[0] == b"ok"

    def _start(self) -> subprocess.Popen:
        atexit.register(self.close)
        return subprocess.Popen(
            [pypandoc.get_pandoc_path(), "lua", "-e", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Of its own group, so that Ctrl-C at a build doesn't end it in the middle of a cell.
            start_new_session=True,
        )

    def close(self, *_: object) -> None:
        """End the process."""
        if self._process is not None:
            atexit.unregister(self.close)
            with suppress(BrokenPipeError):  # it has died with a text unread
                self._process.stdin.close()
            self._process.wait(timeout=10)
            self._process.stdout.close()
            self._process = None


def setup(app) -> None:
    """Let nbsphinx convert Markdown through one process, ended with the build."""
    pandoc = Pandoc()
    nbsphinx.pandoc = pandoc.convert
    app.connect("build-finished", pandoc.close)
