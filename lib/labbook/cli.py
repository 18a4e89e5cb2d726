"""The command line: ``labbook run | status | site | lab | new | diff | show | publish | accept``.

Each command is a few lines over the rooms of the library, which are imported when it is
called: ``labbook --help`` answers at once.
"""

import gc
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="labbook")
def main() -> None:
    """A notebook-first research log."""
    usual = warnings.formatwarning

    def in_a_sentence(message, category, *where, **more):
        return (
            f"{message}\n" if category is DamagedFileWarning else usual(message, category, *where)
        )

    warnings.formatwarning = in_a_sentence


@main.command()
@click.argument("experiments", nargs=-1, metavar="[EXPT...]")
@click.option("--all", "all_", is_flag=True, help="All experiments, the cheapest answer first.")
@click.option(
    "-p",
    "--parameter",
    "texts",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Value of a parameter, as in: -p seed 3; may be given several times.",
)
@click.option("--profile", metavar="P", help="How much is run: the parameter of that name.")
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, metavar="N", help="Runs at once.")
@click.option(
    "--cluster",
    metavar="tcp://HOST:PORT",
    help="Make the runs on a Dask cluster whose workers see the log's folder.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds that a run may take.",
)
@click.option(
    "--budget",
    metavar="150min",
    help="Begin no trial after this time; those under way go on next time from their checkpoints.",
)
@click.option("--nice", is_flag=True, help="Leave the machine to others: the lowest priority.")
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
@click.option(
    "--records-only",
    is_flag=True,
    help="Look all trials up and train nothing: what records tell, without the data.",
)
@click.option(
    "--promote",
    is_flag=True,
    help="Take the page's place also from a run of another profile, or of better trials.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a sweep of more than 1,000 runs.")
@click.option("--help-parameters", is_flag=True, help="List the parameters and stop.")
def run(experiments: tuple[str, ...], all_: bool, **options: object) -> None:
    """Run experiments.

    A run that ends well, and whose trials do, takes the place of the experiment's last good run
    of the same profile; any other, and each run of a sweep, is kept in runs/EXPT/. The exit code
    is 1 if a run or a trial did not end well.
    """
    from labbook.commands import run
    from labbook.commands.queue import cheapest_first
    from labbook.log.runs.pool import WorkerError

    if bool(experiments) == all_:
        raise Sentence("name the experiments to run, or give --all for all of them.")
    names = [Path(name).stem if name.endswith((".py", ".ipynb")) else name for name in experiments]
    try:
        if all_:
            names = cheapest_first(_root(), options["profile"])
        raise SystemExit(run.run_experiments(_root(), names, **options))
    except run.BAD_USE as error:
        raise Sentence(str(error)) from None
    except OSError as error:
        raise click.ClickException(in_words(error)) from None
    except WorkerError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("experiments", nargs=-1, metavar="[EXPT...]")
@click.option("-v", "--verbose", is_flag=True, help="Also why, and which trials.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def status(experiments: tuple[str, ...], verbose: bool, as_json: bool) -> None:
    """Tell what is fresh, stale, by hand or never run; what needs most comes first.

    The exit code is 0 if all are fresh and all trials that were to run ended well, else 1.
    """
    gc.disable()  # it would look through thousands of records again and again; this ends soon
    from labbook.commands import status
    from labbook.log.freshness.standing import standings

    with _sentences():
        found = standings(_root(), experiments or None)
    gc.enable()
    text = status.as_json(found) if as_json else status.as_text(found, verbose=verbose)
    click.echo(text)
    raise SystemExit(status.exit_code(found))


@main.command()
def site() -> None:
    """Render the website; nothing is executed."""
    from labbook.site.build import build

    raise SystemExit(build(_root()))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[JUPYTERLAB OPTIONS]...")
def lab(arguments: tuple[str, ...]) -> None:
    """Open the log in JupyterLab."""
    from labbook.lab.jupyterlab import start

    start(_root(), list(arguments))


@main.command()
@click.argument("title")
def new(title: str) -> None:
    """Begin an experiment: the next number, headings to fill."""
    from labbook.commands.new import create

    with _sentences():
        path = create(_root(), title)
    click.echo(path)


@main.command()
@click.argument("a")
@click.argument("b")
@click.option("--all", "all_rows", is_flag=True, help="Also what is equal.")
def diff(a: str, b: str, all_rows: bool) -> None:
    """Compare two records or two runs, named by key, id or path.

    A record's page on the site tells its key, a run's folder in runs/ its id; the beginning of
    either is enough.
    """
    from labbook.commands.diff import diff

    with _sentences():
        click.echo(diff(a, b, _root(), all_rows=all_rows))


@main.command()
@click.argument("name")
@click.option("--code", "as_code", is_flag=True, help="The source that it was made with.")
def show(name: str, as_code: bool) -> None:
    """Print a record or a run, named as for diff, or the code that made it."""
    from labbook.commands import show

    with _sentences():
        click.echo((show.code if as_code else show.show)(name, _root()))


@main.command()
@EXPERIMENT
@click.option("--yes", is_flag=True, help="Do not ask.")
def publish(experiment: str, yes: bool) -> None:
    """Copy the good local records of an experiment to docs/records/."""
    from labbook.commands.publish import publish

    asked = False

    def confirm(text: str) -> bool:
        nonlocal asked
        asked = True
        click.echo(text)
        return yes or click.confirm("Publish?")

    with _sentences():
        done = publish(experiment, _root(), confirm=confirm)
    if done.confirmed:
        click.echo(f"{experiment}: {len(done.new)} new, {len(done.changed)} changed, published.")
    elif not asked:
        click.echo(done.text)


@main.command()
@EXPERIMENT
@click.option("--because", required=True, metavar="WHY", help="Why they are still valid.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept(experiment: str, because: str, yes: bool) -> None:
    """Say of stale results that they are still valid, after a look at what changed."""
    from labbook.commands.accept import told
    from labbook.log.freshness.acceptance import accept, acceptable

    root = _root()
    with _sentences():
        steps = acceptable(experiment, root)
        click.echo(told(experiment, steps, root))
        if yes or click.confirm("Accept?"):
            click.echo(f"{experiment}: {accept(experiment, because, root, steps)}")


def _root() -> Path:
    try:
        root = find_root()
    except FileNotFoundError as error:
        raise Sentence(str(error)) from None
    if not Layout(root).notebooks.is_dir():
        raise Sentence(
            f"LABBOOK_ROOT names {root}, where there is no notebooks/; name the root of a log."
        )
    return root


@contextmanager
def _sentences() -> Iterator[None]:
    """Tell what is wrong with a request or with a file in a sentence."""
    try:
        yield
    except OSError as error:
        raise Sentence(in_words(error)) from None
    except ValueError as error:
        raise Sentence(str(error)) from None
