"""Commands that run experiments and show them: run, status, watch, site, lab."""

import contextlib
import gc
from pathlib import Path

import click

from labbook.cli.asking import (
    Sentence,
    ends_already,
    main,
    offer_own_code,
    root_of_log,
    sentences,
)
from labbook.log.records.files import in_words


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
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="A column of a sweep's table: the mean over a run's trials; may be given several times.",
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
    help="Take the page's place also from a run of more, or of better trials.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a sweep of more than 1,000 runs.")
@click.option("--help-parameters", is_flag=True, help="List the parameters and stop.")
def run(experiments: tuple[str, ...], all_: bool, **options: object) -> None:
    """Run experiments.

    A run that ends well, and whose trials do, takes the page, unless the page shows a profile that
    is more of the experiment (full is more than demo, demo more than smoke); any other run, and
    each of a sweep, is kept in runs/EXPT/. The exit code is 1 if a run or a trial did not end well.
    """
    from labbook.commands import run
    from labbook.commands.queue import cheapest_first
    from labbook.log.runs.pool import WorkerError

    if bool(experiments) == all_:
        raise Sentence("name the experiments to run, or give --all for all of them.")
    names = [Path(name).stem if name.endswith((".py", ".ipynb")) else name for name in experiments]
    root = root_of_log()
    offer_own_code(root)
    try:
        if all_:
            names = cheapest_first(root, options["profile"])
        status = run.run_experiments(root, names, **options)
        if status == run.CANCELLED:
            ends_already()
        raise SystemExit(status)
    except run.BAD_USE as error:
        raise Sentence(str(error)) from None
    except BrokenPipeError:
        raise  # as in sentences()
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
        found = standings(root_of_log(), experiments or None)
        running = what_runs(root_of_log(), experiments or None)
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
    from labbook.commands.running.watch import watch

    with sentences(), contextlib.suppress(KeyboardInterrupt):
        watch(root_of_log(), experiments, site=site)


@main.command()
def site() -> None:
    """Render the website; nothing is executed."""
    from labbook.site.build import build

    raise SystemExit(build(root_of_log()))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[JUPYTERLAB OPTIONS]...")
def lab(arguments: tuple[str, ...]) -> None:
    """Open the log in JupyterLab."""
    from labbook.lab.jupyterlab import start

    root = root_of_log()
    offer_own_code(root)
    start(root, list(arguments))
