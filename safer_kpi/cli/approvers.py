"""``approvers list|changes|add|remove|replace|sign|cancel|restore``: who may approve releases."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safer_kpi.cli.options import Csv, Home, Json
from safer_kpi.cli.release import KeyFile, Name

if TYPE_CHECKING:
    from safer_kpi.reading.sealing.signatures import Approvers, Line

KeyLine = Annotated[str, typer.Argument(help="The line that safer-kpi key show prints for the person's key.")]
Person = Annotated[str, typer.Argument(help="An approver's name, as it is listed.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
_PEOPLE = ("name", "role", "fingerprint", "status", "since", "public_key")
_CHANGES = ("number", "change", "reason", "status", "after_release", "signed_by")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List and change the people who may approve releases.", no_args_is_help=True)
    group.command("list")(list_approvers)
    group.command("changes")(list_changes)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("replace")(replace)
    group.command("sign")(sign)
    group.command("cancel")(cancel)
    group.command("restore")(restore)
    app.add_typer(group, name="approvers")


def list_approvers(home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List the approvers: their keys, whether a release or a signed change records them, and since when."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import emit

    rows = _listed(home)
    if not printed(rows, _PEOPLE, json=json, csv=csv):
        emit(rows, as_json=False, columns=_PEOPLE[:-1], empty="Nobody is named as an approver.")


def list_changes(home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List the signed changes of approvers, and the one that waits for signatures."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import emit

    rows = [*_history(home), *_waiting(home)]
    if not printed(rows, _CHANGES, json=json, csv=csv):
        emit(rows, as_json=False, columns=_CHANGES, empty="The approvers have never changed.")


def add(line: KeyLine, name: Name, reason: Reason, key: KeyFile = None, home: Home = None, json: Json = False) -> None:
    """Propose that a person's key is trusted from now on, with the role that the line may name, and sign that."""
    _propose(home, lambda people: _with(people, line), name=name, reason=reason, key=key, json=json)


def remove(
    person: Person, name: Name, reason: Reason, key: KeyFile = None, home: Home = None, json: Json = False
) -> None:
    """Propose that a person is no longer trusted, and sign that; releases they approved stay approved."""
    _propose(home, lambda people: _without(people, person), name=name, reason=reason, key=key, json=json)


def replace(
    line: KeyLine, name: Name, reason: Reason, key: KeyFile = None, home: Home = None, json: Json = False
) -> None:
    """Propose another key for a person who is an approver, and sign that."""

    def exchanged(people: "Approvers") -> "Approvers":
        return _with(_without(people, _read_line(line).name), line)

    _propose(home, exchanged, name=name, reason=reason, key=key, json=json)


def sign(name: Name, key: KeyFile = None, home: Home = None, json: Json = False) -> None:
    """Sign the change that is waiting; it is in force when enough people have signed it."""
    from safer_kpi.releases.approvers import agree
    from safer_kpi.settings import Settings

    _tell(agree(Settings.load(home), name=name, key=key), json=json)


def cancel(home: Home = None, json: Json = False) -> None:
    """Drop the change that is waiting."""
    from safer_kpi.releases.approvers import cancel as drop
    from safer_kpi.settings import Settings

    _tell(drop(Settings.load(home)), json=json)


def restore(home: Home = None, json: Json = False) -> None:
    """Write the file of approvers again as the last signed change or release records it."""
    from safer_kpi.cli.output import emit
    from safer_kpi.releases.approvers import restore as write
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    write(settings)
    emit(_listed(home), as_json=json, columns=_PEOPLE[:-1])


def _listed(home: str | None) -> list[dict[str, Any]]:
    from safer_kpi.reading.verifying.trust import listed, trust_in
    from safer_kpi.settings import Settings

    return listed(trust_in(Settings.load(home)))


def _history(home: str | None) -> list[dict[str, Any]]:
    from safer_kpi.reading.verifying.trust import history, trust_in
    from safer_kpi.settings import Settings

    return history(trust_in(Settings.load(home)))


def _waiting(home: str | None) -> list[dict[str, Any]]:
    from safer_kpi.releases.approvers import waiting
    from safer_kpi.settings import Settings

    return [{"number": None, "after_release": None} | row for row in waiting(Settings.load(home))]


def _propose(
    home: str | None,
    change: Callable[["Approvers"], "Approvers"],
    *,
    name: str,
    reason: str,
    key: Path | None,
    json: bool,
) -> None:
    from safer_kpi.reading.sealing.signatures import read_approvers
    from safer_kpi.releases.approvers import propose
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    after = change(read_approvers(settings.approvers))
    found = propose(settings, after.names, officers=after.officers, name=name, reason=reason, key=key)
    _tell(found, json=json)


def _tell(row: dict[str, Any], *, json: bool) -> None:
    from safer_kpi.cli.output import emit

    emit([row], as_json=json, columns=list(row))


def _with(people: "Approvers", line: str) -> "Approvers":
    """Return the approvers and the person of a line."""
    from safer_kpi.reading.sealing.signatures import Approvers

    key, name, is_officer = _read_line(line)
    officers = people.officers | {key} if is_officer else people.officers - {key}
    return Approvers(people.names | {key: name}, officers)


def _read_line(line: str) -> "Line":
    """Return what a line of approvers says."""
    from safer_kpi.errors import UsageError
    from safer_kpi.reading.sealing.signatures import OFFICER, read_line

    found = read_line(line)
    if found is None:
        raise UsageError(
            "That is not the line of an approver's key.",
            next_action='Give "NAME" ssh-ed25519 KEY in one argument, as safer-kpi key show prints it, '
            f"with role={OFFICER} after it for that role.",
        )
    return found


def _without(people: "Approvers", person: str) -> "Approvers":
    from safer_kpi.errors import NotFound
    from safer_kpi.reading.sealing.signatures import Approvers, same_person

    left = {key: name for key, name in people.names.items() if not same_person(name, person)}
    if left == people.names:
        raise NotFound("No approver has that name.", next_action="See safer-kpi approvers list.")
    return Approvers(left, people.officers & left.keys())
