"""The command line: ``labbook run | status | site | lab | new | diff | publish | accept``.

Each command is a few lines over the rooms of the library, which are imported when it is
called: ``labbook --help`` answers at once.
"""

from pathlib import Path

import click

from labbook.log.layout import find_root

EXPERIMENT = click.argument("experiment", metavar="EXPT")


class Sentence(click.ClickException):
    """An error that is told in one sentence, without a traceback; exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print the sentence."""
        click.echo(self.message, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="labbook")
def main() -> None:
    """A notebook-first research log."""


@main.command()
@click.argument("experiments", nargs=-1, required=True, metavar="EXPT...")
@click.option(
    "-p",
    "--parameter",
    "texts",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Value of a parameter; may be given several times.",
)
@click.option("--profile", metavar="P", help="How much is run: the parameter of that name.")
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, metavar="N", help="Runs at once.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds that a run may take.",
)
@click.option(
    "--sweep",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.yaml",
    help="Make the runs of a sweep that are missing.",
)
@click.option(
    "--refresh",
    type=click.Choice(["missing", "stale", "failed", "all"]),
    default="missing",
    show_default=True,
    help="Which trials, and which runs of a sweep, are made again.",
)
@click.option(
    "--if-stale",
    is_flag=True,
    help="Run only where code or parameters differ from the last good run.",
)
@click.option("--help-parameters", is_flag=True, help="List the parameters and stop.")
def run(experiments: tuple[str, ...], **options: object) -> None:
    """Run experiments.

    A run that ends well takes the place of the experiment's last good run; any other, and
    each run of a sweep, is kept in runs/EXPT/.
    """
    root = _root()
    from labbook.log import running
    from labbook.log.pool import WorkerError

    names = [Path(name).stem if name.endswith((".py", ".ipynb")) else name for name in experiments]
    try:
        raise SystemExit(running.run_experiments(root, names, **options))
    except running.BAD_USE as error:
        raise Sentence(str(error)) from None
    except WorkerError as error:
        raise click.ClickException(str(error)) from None


def _root() -> Path:
    try:
        return find_root()
    except FileNotFoundError as error:
        raise Sentence(str(error)) from None
