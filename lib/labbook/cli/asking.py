"""What the commands share: the group, sentences in place of tracebacks, the log that is meant."""

import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from labbook.log.records.files import in_words
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.layout import Layout, find_root

EXPERIMENT = click.argument("experiment", metavar="EXPT")


class Sentence(click.ClickException):
    """An error that is told in one sentence, without a traceback; exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print the sentence."""
        click.echo(self.message, err=True)


class Stopped(Sentence):
    """A person pressed Ctrl-C; the exit code is that of a program that the signal ended."""

    exit_code = 130


class Verb(click.Command):
    """A command; the list of all has the whole sentence that says what it does."""

    def get_short_help_str(self, limit: int = 1000) -> str:
        return super().get_short_help_str(1000)


class Verbs(click.Group):
    """The commands; what Ctrl-C stops is told in a word, wherever it was."""

    command_class = Verb

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ends_already()
            raise Stopped("stopped.") from None


def ends_already() -> None:
    """Let Ctrl-C do nothing more: it would break the ending that it asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="labbook")
def main() -> None:
    """A notebook-first research log."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that has no such sign shows a ?
        sys.stdout.reconfigure(errors="replace")
    usual = warnings.formatwarning

    def in_a_sentence(message, category, *where, **more):
        return (
            f"{message}\n" if category is DamagedFileWarning else usual(message, category, *where)
        )

    warnings.formatwarning = in_a_sentence


def root_of_log() -> Path:
    """The root of the log that the working directory, or ``$LABBOOK_ROOT``, names."""
    try:
        root = find_root()
    except FileNotFoundError as error:
        raise Sentence(str(error)) from None
    if not Layout(root).notebooks.is_dir():
        raise Sentence(
            f"LABBOOK_ROOT names {root}, where there is no notebooks/; name the root of a log."
        )
    return root


def offer_own_code(root: Path) -> None:
    """Let kernels import the modules in the log's lib/ and src/, whether or not installed."""
    os.environ["PYTHONPATH"] = Layout(root).python_path()


@contextmanager
def sentences() -> Iterator[None]:
    """Tell what is wrong with a request or with a file in a sentence."""
    try:
        yield
    except BrokenPipeError:  # whoever reads the output has enough, as `head` does: click ends
        raise
    except OSError as error:
        raise Sentence(in_words(error)) from None
    except ValueError as error:
        raise Sentence(str(error)) from None
