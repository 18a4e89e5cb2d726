"""The command line: ``labbook run``, ``status``, ``watch``, ``site``, ``lab`` and others.

Each command is a few lines over the rooms of the library, which are imported when it is
called: ``labbook --help`` answers at once.
"""

import contextlib
import gc
from pathlib import Path

import click

from labbook.commands.terminal.request import (
    Sentence,
    log_root,
    offer_own_code,
    sentences,
    tell_damage_in_sentences,
)
from labbook.log.records.files import in_words

EXPERIMENT = click.argument("experiment", metavar="EXPT")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="labbook")
def main() -> None:
    """A notebook-first research log."""
    tell_damage_in_sentences()


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
@click.option("--budget", metavar="150min", help="How long trials run; the rest goes on next time.")
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
    root = log_root()
    offer_own_code(root)
    try:
        if all_:
            names = cheapest_first(root, options["profile"])
        raise SystemExit(run.run_experiments(root, names, **options))
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
    """Tell what runs now; and what is fresh, stale, by hand or never run, what needs most first.

    The exit code is 0 if all are fresh and all trials that were to run ended well, else 1.
    """
    gc.disable()  # it would look through thousands of records again and again; this ends soon
    from labbook.commands import status
    from labbook.log.freshness.running import what_runs
    from labbook.log.freshness.standing import standings

    with sentences():
        found = standings(log_root(), experiments or None)
        running = what_runs(log_root(), experiments or None)
    gc.enable()
    if as_json:
        text = status.as_json(found, running)
    else:
        text = status.as_text(found, running, verbose=verbose)
    click.echo(text)
    raise SystemExit(status.exit_code(found))


@main.command()
@click.argument("experiments", nargs=-1, metavar="[EXPT...]")
@click.option("--site", is_flag=True, help="Render the site again whenever a run has ended.")
def watch(experiments: tuple[str, ...], site: bool) -> None:
    """Tell what runs now until nothing does: cell, trials, last loss, time left.

    On a terminal it is drawn anew each second; elsewhere each event is a line.
    """
    from labbook.commands.watch import watch

    with sentences(), contextlib.suppress(KeyboardInterrupt):
        watch(log_root(), experiments, site=site)


@main.command()
def site() -> None:
    """Render the website; nothing is executed."""
    from labbook.site.build import build

    raise SystemExit(build(log_root()))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[JUPYTERLAB OPTIONS]...")
def lab(arguments: tuple[str, ...]) -> None:
    """Open the log in JupyterLab."""
    from labbook.lab.jupyterlab import start

    root = log_root()
    offer_own_code(root)
    start(root, list(arguments))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--github", is_flag=True, help="Also workflows: tests, and the site on Pages.")
def init(folder: Path, github: bool) -> None:
    """Make a log of one's own in a new folder, with one example."""
    from labbook.commands.init import create

    with sentences():
        written = create(folder, github=github)
    click.echo("\n".join(map(str, written)))
    click.echo(f"\ncd {folder} && labbook run example && labbook site")


@main.command()
@click.argument("title", required=False)
@click.option("--from", "copy_of", metavar="EXPT", help="Begin with the text of an experiment.")
def new(title: str | None, copy_of: str | None) -> None:
    """Begin an experiment: the next number, headings to fill, or a copy of another one."""
    from labbook.commands.new import create

    with sentences():
        path = create(log_root(), title, copy_of=copy_of)
    click.echo(path)


@main.command()
@click.argument("old")
@click.argument("new")
def mv(old: str, new: str) -> None:
    """Give an experiment another name: its records and runs go with it, as fresh as they were.

    OLD may be EXPT.FUNCTION or EXPT.FUNCTION.PARAMETER, which has a new name in the text.
    """
    from labbook.commands.move import renamed

    with sentences():
        click.echo(renamed(old, new, log_root()))


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

    with sentences():
        click.echo(diff(a, b, log_root(), all_rows=all_rows))


@main.command()
@click.argument("name")
@click.option("--code", "as_code", is_flag=True, help="The source that it was made with.")
def show(name: str, as_code: bool) -> None:
    """Print a record or a run, named as for diff, or the code that made it."""
    from labbook.commands import show

    with sentences():
        click.echo((show.code if as_code else show.show)(name, log_root()))


@main.command()
@click.argument("key")
@click.option(
    "--replace", is_flag=True, help="Put the new result in the place of the local record."
)
def rerun(key: str, replace: bool) -> None:
    """Make the trial of one record again, alone, and tell whether it gives the same.

    The exit code is 0 if it does, to the last bit, else 1.
    """
    from labbook.commands.rerun import rerun

    root = log_root()
    offer_own_code(root)
    with sentences():
        done = rerun(key, root, replace=replace)
    click.echo(done.text)
    raise SystemExit(not done.same)


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

    with sentences():
        done = publish(experiment, log_root(), confirm=confirm)
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
    from labbook.commands.accept import differences
    from labbook.log.freshness.acceptance import accept, acceptable

    root = log_root()
    with sentences():
        steps = acceptable(experiment, root)
        click.echo(differences(experiment, steps, root))
        if yes or click.confirm("Accept?"):
            click.echo(f"{experiment}: {accept(experiment, because, root, steps)}")
