"""Commands that make logs and experiments: init, new, mv."""

import shlex
from pathlib import Path

import click

from labbook.cli.asking import main, root_of_log, sentences


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--github", is_flag=True, help="Also workflows: tests, and the site on Pages.")
def init(folder: Path, github: bool) -> None:
    """Make a log of one's own in a new folder, with one example."""
    from labbook.commands.init import create

    with sentences():
        written = create(folder, github=github)
    click.echo("\n".join(map(str, written)))
    click.echo("\nKeep it in git (git init): records tell the commit that they were made at.")
    click.echo(f"cd {shlex.quote(str(folder))} && labbook run example && labbook site")


@main.command()
@click.argument("title", required=False)
@click.option("--from", "copy_of", metavar="EXPT", help="Begin with the text of an experiment.")
def new(title: str | None, copy_of: str | None) -> None:
    """Begin an experiment: the next number, headings to fill, or a copy of another one."""
    from labbook.commands.new import create

    with sentences():
        path = create(root_of_log(), title, copy_of=copy_of)
    click.echo(path)


@main.command()
@click.argument("old")
@click.argument("new")
def mv(old: str, new: str) -> None:
    """Give an experiment another name: its records and runs go with it, as fresh as they were.

    OLD may be EXPT.FUNCTION or EXPT.FUNCTION.PARAMETER, too: records follow what has a new name in
    the text.
    """
    from labbook.commands.move import renamed

    with sentences():
        click.echo(renamed(old, new, root_of_log()))
