"""Who is trusted is part of the chain: changed by signatures, kept outside the store, and checked by ``verify``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import CheckFailed, UsageError, releases
from safer_kpi.cli.main import app
from safer_kpi.diagnosis.trust import check_approvers
from safer_kpi.reading.record import approval_message, canonical, checksum, record_hash
from safer_kpi.reading.sealing.signatures import approver_line, read_approvers
from safer_kpi.reading.verifying.approvers import approver_checks
from safer_kpi.reading.verifying.heads import forget
from safer_kpi.reading.verifying.trust import trust_in
from safer_kpi.releases.approvers import agree, propose, restore
from safer_kpi.releases.keys import make_key, read_key, sign
from safer_kpi.releases.known import approvers_now
from safer_kpi.settings import Settings
from tests.reading.publishing import builder

pytestmark = pytest.mark.long(20)

FIRST, SECOND, VIOLENCE = "2024-25-Q1", "2024-25-Q1.2", "1a.violence_and_sexual_offences"
PEOPLE = ("Ada King", "Bo Lund", "Cy Moss", "Di Nash")
ADA, BO, CY, DI = PEOPLE


@dataclass(frozen=True)
class Lake:
    """A lake of Ada, Bo and Cy with one release, which Ada and Bo approved; the keys of everybody lie beside it."""

    settings: Settings

    def key(self, name: str) -> Path:
        return self.settings.home.parent / "keys" / name.split(maxsplit=1)[0]

    def public(self, name: str) -> str:
        return self.key(name).with_suffix(".pub").read_text()

    def names(self, *names: str) -> dict[str, str]:
        return {self.public(name): name for name in names}

    def file(self, *names: str) -> str:
        return "".join(f"{approver_line(name, self.public(name))}\n" for name in names)

    def publish(self, *names: str, reason: str | None = None) -> str:
        release_id: str = releases.draft(self.settings, FIRST, reason=reason)["release_id"]
        for name in names:
            releases.approve(self.settings, release_id, name=name, key=self.key(name))
        releases.publish(self.settings, release_id)
        return release_id

    def change(self, after: tuple[str, ...], *signers: str) -> str:
        first, *others = signers
        found = propose(self.settings, self.names(*after), name=first, reason="a new officer", key=self.key(first))
        for name in others:
            found = agree(self.settings, name=name, key=self.key(name))
        status: str = found["status"]
        return status

    def failed(self, **given: Any) -> dict[tuple[str, str], str]:
        with safer_kpi.open(self.settings.home) as lake:
            rows = lake.verify(**given).rows()
        return {(row["check"], row["subject"]): row["detail"] for row in rows if row["status"] == "failed"}

    def elsewhere(self, folder: Path) -> Lake:
        """A copy: the same lake in another place."""
        shutil.copytree(self.settings.home, folder / "home")
        shutil.copytree(self.settings.home.parent / "keys", folder / "keys")
        return Lake(Settings.load(folder / "home"))


@pytest.fixture(scope="module")
def made(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    folder = tmp_path_factory.mktemp("approvers")
    lake = Lake(Settings.load(folder / "home"))
    for name in PEOPLE:
        (folder / "keys").mkdir(exist_ok=True)
        lake.key(name).with_suffix(".pub").write_text(make_key(lake.key(name)))
    with pytest.MonkeyPatch.context() as patch:
        builder(lake.settings, book_writer, patch)(4)
        (lake.settings.home / "approvers").write_text(f"# Ours\n{lake.file(ADA, BO, CY)}")
        lake.publish(ADA, BO)
        yield lake


@pytest.fixture
def lake(made: Lake, tmp_path: Path) -> Lake:
    return made.elsewhere(tmp_path)


@pytest.fixture
def changing(lake: Lake, book_writer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A copy that can be built and changed, remembered by itself alone."""
    monkeypatch.setenv("SAFER_KPI_HEADS", str(lake.settings.home.parent / "heads.json"))
    settings = Settings.load(lake.settings.home)
    builder(settings, book_writer, monkeypatch)(4)
    done = CliRunner().invoke(app, ["verify", "--remember", "--home", str(settings.home)])
    assert done.exit_code == 0, done.output
    return Lake(settings)


def test_a_release_records_who_was_trusted(lake: Lake) -> None:
    manifest = json.loads((lake.settings.home / "releases" / FIRST / "manifest.json").read_bytes())
    expected = [{"name": name, "public_key": lake.public(name)} for name in (ADA, BO, CY)]
    assert manifest["approvers"] == {"people": expected, "changes": 0, "sha256": None}
    with safer_kpi.open(lake.settings.home) as opened:
        rows = [(row["subject"], row["status"]) for row in opened.verify().rows() if row["check"] == "approvers"]
    assert rows == [("file", "ok")]


def test_a_role_is_changed_by_signatures_and_recorded(changing: Lake) -> None:
    settings, public = changing.settings, changing.public(DI)
    people = changing.names(ADA, BO, CY, DI)
    propose(settings, people, name=ADA, reason="an officer", key=changing.key(ADA), officers=frozenset({public}))
    told = agree(settings, name=BO, key=changing.key(BO))
    assert told["status"] == "in force"
    assert told["change"].startswith("Di Nash (data protection officer) SHA256:")
    assert read_approvers(settings.approvers).officers == {public}
    assert approvers_now(settings)["people"][-1] == {
        "name": DI,
        "public_key": public,
        "role": "data-protection-officer",
    }
    assert changing.failed() == {}
    # Without its role the line is another one than was signed.
    (settings.home / "approvers").write_text(changing.file(ADA, BO, CY, DI))
    assert set(changing.failed()) == {("approvers", "file"), ("approvers", "kept")}


@pytest.mark.parametrize(
    ("content", "is_kept"), [("", True), (None, False), ((ADA, BO, CY, DI), False), ((ADA, BO, DI), True)], ids=str
)
def test_a_file_of_approvers_that_was_changed_by_hand_fails(
    lake: Lake, content: str | tuple[str, ...] | None, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_kept:
        monkeypatch.setenv("SAFER_KPI_HEADS", str(lake.settings.home.parent / "none.json"))
    file = lake.settings.home / "approvers"
    file.unlink() if content is None else file.write_text(lake.file(*content))
    failed = lake.failed()
    assert ("approvers", "file") in failed
    assert "safer-kpi approvers restore" in failed["approvers", "file"]
    assert (("approvers", "kept") in failed) == is_kept
    restore(Settings.load(lake.settings.home))
    assert lake.failed() == {}
    assert read_approvers(file).names == lake.names(ADA, BO, CY)


def test_nothing_is_drafted_with_approvers_that_were_changed_by_hand(lake: Lake) -> None:
    (lake.settings.home / "approvers").write_text(lake.file(ADA, BO))
    with pytest.raises(CheckFailed, match="the file is not the one kept on this machine"):
        releases.draft(lake.settings, FIRST, reason="again")


def test_a_change_is_signed_by_people_before_and_after_it(changing: Lake) -> None:
    """Two sign a release, so two of Ada, Bo, Cy and two of Bo, Cy, Di: Bo and Cy are enough."""
    assert changing.change((BO, CY, DI), BO) == "waiting"
    with pytest.raises(UsageError, match="not one of Di Nash's"):
        agree(changing.settings, name=DI, key=changing.key(ADA))
    with pytest.raises(UsageError, match="Bo Lund has signed"):
        agree(changing.settings, name=BO, key=changing.key(BO))
    # Di alone is new: with Bo that is two people after the change, and one before it.
    assert agree(changing.settings, name=DI, key=changing.key(DI))["status"] == "waiting"
    assert changing.failed() == {}
    done = agree(changing.settings, name=CY, key=changing.key(CY))
    assert (done["status"], done["signed_by"]) == ("in force", [BO, DI, CY])
    file = changing.settings.home / "approvers"
    assert read_approvers(file).names == changing.names(BO, CY, DI)
    assert file.read_text().startswith("# Ours\n")
    assert changing.failed() == {}  # the first release keeps the approvals of its time
    with safer_kpi.open(changing.settings.home) as opened:
        assert opened.metric(VIOLENCE, area="L1", by="quarter").rows()[0]["value"] == 56
    with pytest.raises(UsageError, match="not one of Ada King's"):
        changing.publish(ADA, reason="again")
    assert changing.publish(CY, DI, reason="again") == SECOND
    assert changing.failed() == {}


@pytest.fixture(scope="module")
def made_changed(made: Lake, book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = made.elsewhere(tmp_path_factory.mktemp("changed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFER_KPI_HEADS", str(lake.settings.home.parent / "heads.json"))
        lake = Lake(Settings.load(lake.settings.home))
        builder(lake.settings, book_writer, patch)(4)
        assert lake.change((BO, CY, DI), BO, CY) == "in force"
        lake.publish(CY, DI, reason="again")
    return lake


@pytest.fixture
def changed(made_changed: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Ada left and Di came, and a second release was approved by Cy and Di."""
    lake = made_changed.elsewhere(tmp_path)
    heads = shutil.copy(made_changed.settings.home.parent / "heads.json", tmp_path / "heads.json")
    monkeypatch.setenv("SAFER_KPI_HEADS", str(heads))
    return Lake(Settings.load(lake.settings.home))


def test_a_history_that_was_changed_fails(changed: Lake) -> None:
    file = changed.settings.home / "releases" / "approvers-0001.json"
    text = file.read_bytes()
    content = json.loads(text)
    for edited in (
        text.replace(b"a new officer", b"an old officer"),
        canonical(_sealed(content | {"reason": "other"})),
        canonical(_sealed(content | {"signatures": content["signatures"][:1]})),
        canonical(_sealed(content | {"signatures": content["signatures"][:1] * 2})),
        canonical(_sealed(content | {"approvals_required": 0, "signatures": []})),
        canonical(_sealed(content | {"number": 2})),
        canonical(_sealed(content | {"after": [{"name": "Eve", "public_key": "ssh-ed25519 A"}]})),
        canonical(_sealed(content | {"release": ["none"]})),
        canonical(_sealed(content | {"signatures": [1, {}, {"name": 1}]})),
        b"{}",
        b"\xff",
    ):
        file.write_bytes(edited)
        checks = approver_checks(trust_in(changed.settings))  # of all that verify checks, what tells of changes
        assert ("change 1", "failed") in {(subject, status) for _, subject, status, _ in checks}
    file.unlink()
    assert {("approvers", SECOND), ("approvers", "change 1")} <= changed.failed().keys()


def _sealed(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"checksum": checksum(content)}


@pytest.mark.parametrize(
    "approvers",
    [1, {"changes": -1, "people": []}, {"changes": 0, "people": [{"name": "Eve", "public_key": "x"}]}],
    ids=str,
)
def test_a_record_of_approvers_that_is_none_fails(changed: Lake, approvers: Any) -> None:
    """The signatures do not fit it; here it must not end in a traceback."""
    file = changed.settings.home / "releases" / SECOND / "manifest.json"
    file.write_bytes(canonical(_sealed(json.loads(file.read_bytes()) | {"approvers": approvers})))
    failed = changed.failed()
    assert {("approvers", SECOND), ("approvals", SECOND)} <= failed.keys()
    done = CliRunner().invoke(app, ["approvers", "list", "--home", str(changed.settings.home)])
    assert done.exit_code == 0, done.output


def test_who_left_approves_nothing_more(changed: Lake) -> None:
    """Ada's key and Bo's sign a forged second release that names the approvers of the first."""
    folder = changed.settings.home / "releases" / SECOND
    first = json.loads((folder.parent / FIRST / "manifest.json").read_bytes())
    manifest = json.loads((folder / "manifest.json").read_bytes()) | {"approvers": first["approvers"]}
    record = record_hash(manifest)
    manifest["approvals"] = []
    for name in (ADA, BO):
        approval = {"name": name, "comment": "", "at": "2024-12-01 00:00:00"}
        signature = sign(read_key(changed.key(name)), approval_message(record, approval))
        manifest["approvals"].append({**approval, "public_key": changed.public(name), "signature": signature})
    (folder / "manifest.json").write_bytes(canonical(_sealed(manifest)))
    assert "it records 0 changes of approvers, and 1 were made before it" in changed.failed()["approvers", SECOND]


def test_a_change_that_was_rolled_back_is_known_where_it_was_made(changing: Lake, tmp_path: Path) -> None:
    before = changing.elsewhere(tmp_path / "before")
    changing.change((BO, CY, DI), BO, CY)
    assert ("approvers", "change 1") in before.failed()


def test_a_reader_with_keys_of_their_own_follows_the_changes(
    changed: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auditor who knows Ada and Bo trusts Cy and Di through the change; who knows Di and another does not."""
    own = tmp_path / "own"
    monkeypatch.setenv("SAFER_KPI_APPROVERS", str(own))
    monkeypatch.setenv("SAFER_KPI_HEADS", str(tmp_path / "none.json"))
    shutil.rmtree(changed.settings.home / "people", ignore_errors=True)
    for known in ((BO, CY), (BO, CY, DI), (ADA, BO, CY)):
        own.write_text(changed.file(*known))
        assert changed.failed() == {}, known
    for unknown in ((ADA,), (DI, ADA)):
        own.write_text(changed.file(*unknown))
        assert {subject for check, subject in changed.failed() if check == "approvals"} == {FIRST, SECOND}
    own.write_text(changed.file(ADA, BO))  # Bo alone of them signed the change
    assert ("approvals", SECOND) in changed.failed()


def test_the_changes_travel_in_the_read_file(changed: Lake, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(changed.settings.home / "safer_kpi.duckdb", alone)
    (alone / "approvers").write_text(changed.file(BO, CY, DI))
    with safer_kpi.open(alone) as opened:
        assert opened.metric(VIOLENCE, area="L1", by="quarter", release=FIRST).rows()[0]["value"] == 56
    with duckdb.connect(str(alone / "safer_kpi.duckdb")) as con:
        con.execute("DELETE FROM kpi.approver_change")
    with safer_kpi.open(alone) as opened, pytest.raises(CheckFailed, match="is not trusted"):
        opened.metric(VIOLENCE, area="L1", by="quarter", release=FIRST).rows()


def test_a_lake_that_is_older_than_this_goes_on(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its releases record no approvers: verify says so, and what a person keeps is checked from then on."""
    monkeypatch.setenv("SAFER_KPI_HEADS", str(lake.settings.home.parent / "heads.json"))
    folder = lake.settings.home / "releases" / FIRST
    manifest = json.loads((folder / "manifest.json").read_bytes())
    del manifest["approvers"], manifest["lake_id"]
    record = record_hash(manifest)
    for approval in manifest["approvals"]:
        approval["signature"] = sign(read_key(lake.key(approval["name"])), approval_message(record, approval))
    text = canonical(_sealed(manifest))
    (folder / "manifest.json").write_bytes(text)
    with duckdb.connect(str(lake.settings.home / "safer_kpi.duckdb")) as con:
        con.execute("UPDATE kpi.sealed SET manifest = ?", [text.decode()])
        con.execute("UPDATE kpi.release SET manifest_sha256 = sha256(?)", [text.decode()])
        con.execute("UPDATE kpi.build SET lake_id = NULL")
    with safer_kpi.open(lake.settings.home) as opened:
        found = {(row["subject"], row["status"]) for row in opened.verify().rows() if row["check"] == "approvers"}
    assert found == {("file", "open")}
    kept = CliRunner().invoke(app, ["verify", "--remember", "--home", str(lake.settings.home)])
    assert kept.exit_code == 0, kept.output
    (lake.settings.home / "approvers").write_text(lake.file(ADA, BO, CY, DI))
    assert set(lake.failed()) == {("approvers", "kept")}
    forget(Settings.load(lake.settings.home).heads, folder.parent)
    assert lake.failed() == {}


def test_the_commands_change_and_show_the_approvers(changing: Lake) -> None:
    def run(*words: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(app, ["approvers", *words, "--home", str(changing.settings.home), "--json"])
        assert done.exit_code == 0, done.output
        rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
        return rows

    line = changing.file(DI).strip()
    by_ada = ("--by", ADA, "--key", str(changing.key(ADA)))
    [waiting] = run("add", line, *by_ada, "--reason", "a new officer")
    assert (waiting["status"], waiting["signed_by"]) == ("waiting", [ADA])
    assert [row["status"] for row in run("changes")] == ["waiting"]
    assert run("cancel")[0]["status"] == "cancelled"
    run("add", line, *by_ada, "--reason", "a new officer")
    assert run("sign", "--by", BO, "--key", str(changing.key(BO)))[0]["status"] == "in force"
    assert [(row["name"], row["status"], row["since"]) for row in run("list")] == [
        (ADA, "recorded", f"release {FIRST}"), (BO, "recorded", f"release {FIRST}"),
        (CY, "recorded", f"release {FIRST}"), (DI, "recorded", "change 1"),
    ]  # fmt: skip
    run("remove", ADA, "--by", BO, "--key", str(changing.key(BO)), "--reason", "left")
    run("sign", "--by", CY, "--key", str(changing.key(CY)))
    assert [(row["number"], row["after_release"], row["signed_by"]) for row in run("changes")] == [
        (1, FIRST, [ADA, BO]), (2, FIRST, [BO, CY])
    ]  # fmt: skip
    assert changing.failed() == {}


def test_a_release_forged_anew_with_keys_of_the_forger_is_found(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything in the store fits; the machine that published knows better, and so does a reader with keys."""
    home = lake.settings.home
    forgers = {make_key(tmp_path / name): name for name in ("Eve", "Mallory")}
    folder = home / "releases" / FIRST
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["approvers"]["people"] = [{"name": name, "public_key": key} for key, name in forgers.items()]
    record, manifest["approvals"] = record_hash(manifest), []
    for key, name in forgers.items():
        approval = {"name": name, "comment": "", "at": "2024-12-01 00:00:00"}
        signature = sign(read_key(tmp_path / name), approval_message(record, approval))
        manifest["approvals"].append({**approval, "public_key": key, "signature": signature})
    text = canonical(_sealed(manifest))
    (folder / "manifest.json").write_bytes(text)
    (home / "approvers").write_text("".join(f"{approver_line(name, key)}\n" for key, name in forgers.items()))
    with duckdb.connect(str(home / "safer_kpi.duckdb")) as con:
        con.execute("UPDATE kpi.sealed SET manifest = ?", [text.decode()])
        con.execute("UPDATE kpi.release SET manifest_sha256 = sha256(?)", [text.decode()])
    assert {("head", FIRST), ("head", "releases"), ("approvers", "kept")} <= lake.failed().keys()
    assert "approvers" in {finding.check for finding in check_approvers(lake.settings) if finding.status == "wrong"}
    monkeypatch.setenv("SAFER_KPI_HEADS", str(tmp_path / "none.json"))
    own = tmp_path / "own"
    own.write_text(lake.file(ADA, BO))
    monkeypatch.setenv("SAFER_KPI_APPROVERS", str(own))
    assert ("approvals", FIRST) in lake.failed()
