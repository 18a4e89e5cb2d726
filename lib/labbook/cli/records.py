"""Commands about records and runs: diff, show, rerun, publish, accept, import, export."""

from pathlib import Path

import click

from labbook.cli.asking import EXPERIMENT, Sentence, main, offer_own_code, root_of_log, sentences
from labbook.log.records.text import number_of


@main.command()
@click.argument("a")
@click.argument("b")
@click.option("--all", "all_rows", is_flag=True, help="Also what is equal.")
def diff(a: str, b: str, all_rows: bool) -> None:
    """Compare two records or two runs, named by key, id or path.

    A record's page on the site tells its key, a run's folder in runs/ its id; the beginning of
    either is enough.
    """
    from labbook.commands.reading.diff import diff

    with sentences():
        click.echo(diff(a, b, root_of_log(), all_rows=all_rows))


@main.command()
@click.argument("name")
@click.option("--code", "as_code", is_flag=True, help="The source that it was made with.")
def show(name: str, as_code: bool) -> None:
    """Print an experiment's trials; a record or a run, named as for diff; or the code of one.

    NAME may be EXPT: a line for each of its trials, with the key.
    """
    from labbook.commands.reading import show

    with sentences():
        click.echo((show.code if as_code else show.show)(name, root_of_log()))


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

    root = root_of_log()
    offer_own_code(root)
    with sentences():
        text, same = rerun(key, root, replace=replace)
    click.echo(text)
    raise SystemExit(not same)


@main.command()
@EXPERIMENT
@click.option("--all", "all_", is_flag=True, help="Also records that no page shows.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def publish(experiment: str, all_: bool, yes: bool) -> None:
    """Copy the good local records of an experiment that pages show to docs/records/.

    A page shows the trials that its run asked for; what else is here is told, and left. Where git
    stopped a merge at published records, those that give the same are settled instead:
    the earlier one stays.
    """
    from labbook.commands.publish import publish
    from labbook.commands.settle import settle

    root, asked = root_of_log(), False

    def confirm(text: str) -> bool:
        nonlocal asked
        asked = True
        click.echo(text)
        return yes or click.confirm("Publish?")

    with sentences():
        if settled := settle(experiment, root):
            click.echo(settled)
            return
        done = publish(experiment, root, confirm=confirm, all_=all_)
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
    from labbook.log.freshness.acceptance import accept, acceptable, need_reason

    root = root_of_log()
    with sentences():
        need_reason(experiment, because)
        steps = acceptable(experiment, root)
        click.echo(differences(steps, root))
        if yes or click.confirm("Accept?"):
            click.echo(f"{experiment}: {accept(experiment, because, root, steps)}")


@main.command("import")
@click.argument("tool", type=click.Choice(["tensorboard", "wandb", "mlflow"]))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--into", metavar="EXPT", help="The experiment that gets them.")
def import_(tool: str, path: Path, into: str | None) -> None:
    """Make records of runs that another tool logged, with their curves and settings.

    PATH is a folder of TensorBoard's event files, W&B's folder of offline runs or one of them, or
    MLflow's folder mlruns or its file mlflow.db. Without --into they go to the experiment
    imported_runs. Imported again, a run is not doubled.
    """
    from labbook.commands.importing.records import import_runs

    with sentences():
        click.echo(import_runs(tool, path, root_of_log(), into))


FILE = click.Path(dir_okay=False, path_type=Path)


@main.command()
@click.argument("experiment", metavar="[EXPT]", required=False)
@click.option("--html", type=FILE, metavar="FILE", help="Its page as one file that opens alone.")
@click.option("--pdf", type=FILE, metavar="FILE", help="Its page, printed with all that is folded.")
@click.option("--parquet", type=FILE, metavar="FILE", help="Its records, or all, as one table.")
def export(
    experiment: str | None, html: Path | None, pdf: Path | None, parquet: Path | None
) -> None:
    """Write the page of an experiment as one file to send, or records as one table.

    The site is rendered first where anything has changed.
    """
    from labbook.commands.export import page, records

    if not (html or pdf or parquet):
        raise Sentence("name the file to write: --html FILE, --pdf FILE or --parquet FILE.")
    if (html or pdf) and not experiment:
        raise Sentence("a page is of one experiment: labbook export EXPT --html FILE.")
    root = root_of_log()
    with sentences():
        if html:
            page.export_html(experiment, root, html)
            click.echo(html)
        if pdf:
            page.export_pdf(experiment, root, pdf)
            click.echo(pdf)
        if parquet:
            count = records.export_parquet(root, parquet, experiment)
            click.echo(f"{parquet}: {number_of(count, 'record')}")
