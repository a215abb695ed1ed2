"""Is a release what was published? Every way to tamper with one is found, and named."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import CheckFailed, NotFound, releases
from safer_kpi.cli.main import app
from safer_kpi.reading.record import approval_message, canonical, checksum, record_hash
from safer_kpi.reading.sealing.signatures import Approvers
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.releases.keys import make_key, public_key, read_key, sign
from safer_kpi.settings import Settings
from tests.effort import examples
from tests.reading.publishing import failures, publish

# Begun while another worker makes the lakes that it does not need.
pytestmark = pytest.mark.long(50)

FIRST, LAST = "2024-25-Q1", "2024-25-Q1.2"


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """A forger's work: change the manifest, then make it look whole again."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    manifest["checksum"] = checksum(manifest)
    (folder / "manifest.json").write_bytes(canonical(manifest))


def _head(folder: Path) -> str:
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def test_a_published_chain_verifies(home: Path) -> None:
    assert failures(home / "releases" / LAST) == set()
    with safer_kpi.open(home) as lake:
        rows = lake.verify().rows()
        found = {row["check"]: row["status"] for row in rows}
        # Nobody has named approvers, so no signature is trusted; publishing remembered the head outside the store.
        assert found == {
            "manifest": "ok", "file": "ok", "certificates": "ok", "approval": "open", "approvals": "ok", "chain": "ok",
            "listed": "ok", "read file": "ok", "head": "ok", "identity": "ok",
            "approvers": "open",
        }  # fmt: skip
        assert [row["status"] for row in lake.verify(deep=True).rows() if row["check"] == "rows"] == ["ok", "ok"]
        assert lake.verify(FIRST).rows()
        assert lake.verify(home / "releases" / FIRST).rows()
        with pytest.raises(NotFound):
            lake.verify("2024-25-Q3")


def test_a_flipped_bit_is_found_wherever_it_is(home: Path) -> None:
    folder = home / "releases" / LAST
    dice = random.Random(4)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 12
    for path in files:
        content = path.read_bytes()
        places = {0, len(content) - 1, *(dice.randrange(len(content)) for _ in range(examples(12)))}
        for place in places:
            bit = 1 << dice.randrange(8)
            path.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            found = failures(folder)
            name = path.relative_to(folder).as_posix()
            expected = ("manifest", LAST) if name == "manifest.json" else ("file", f"{LAST}/{name}")
            assert expected in found, (name, place)
        path.write_bytes(content)
    assert failures(folder) == set()


def test_missing_and_extra_files_are_found(home: Path) -> None:
    folder = home / "releases" / LAST
    (folder / "note.txt").write_text("hello")
    (folder / "entry.parquet").unlink()
    assert failures(folder) == {("extra file", f"{LAST}/note.txt"), ("file", f"{LAST}/entry.parquet")}


def test_swapped_releases_are_found(home: Path) -> None:
    root = home / "releases"
    (root / FIRST).rename(root / "aside")
    (root / LAST).rename(root / FIRST)
    (root / "aside").rename(root / LAST)
    assert ("manifest", FIRST) in failures(root / FIRST)
    assert ("manifest", LAST) in failures(root / LAST)


def test_a_changed_earlier_manifest_breaks_the_chain(home: Path) -> None:
    _rewrite(home / "releases" / FIRST, lambda manifest: manifest.update(reason="none"))
    assert ("chain", FIRST) in failures(home / "releases" / LAST)


def test_a_release_gone_from_the_middle_of_the_chain_is_found(home: Path) -> None:
    shutil.copytree(home / "releases" / LAST, home / "releases" / "kept-aside")
    shutil.rmtree(home / "releases" / FIRST)
    assert ("chain", FIRST) in failures(home / "releases" / LAST)


def test_a_dropped_last_release_is_found_with_its_head(home: Path) -> None:
    head = _head(home / "releases" / LAST)
    shutil.rmtree(home / "releases" / LAST)
    first = home / "releases" / FIRST
    assert ("head", FIRST) in failures(first, Terms(head=head))
    unanchored = {check: status for check, _, status, _ in verify_folder(first, Terms())}
    assert unanchored["head"] == "open"
    [told] = [detail for check, _, _, detail in verify_folder(first, Terms()) if check == "head"]
    assert told.startswith("no head was kept")
    # The publisher's own machine remembers; the lake's list, made anew, does not help the roll-back.
    with safer_kpi.open(home) as lake:
        found = {(row["check"], row["status"]) for row in lake.verify(FIRST).rows()}
    assert ("head", "failed") in found


@pytest.mark.parametrize(
    "gone",
    [(FIRST, LAST), pytest.param((LAST,), marks=pytest.mark.soak), pytest.param((FIRST,), marks=pytest.mark.soak)],
    ids=["all", "the last", "the first"],
)
def test_releases_dropped_from_the_lake_and_its_read_file_are_found(
    settings: Settings, build: Callable[..., None], gone: tuple[str, ...]
) -> None:
    """A forger drops releases and has the read file made anew without them, so that nothing here names them."""
    build(4)
    publish(settings)
    build(7)
    publish(settings, reason="June came again")
    for name in gone:
        shutil.rmtree(settings.home / "releases" / name)
    build(7)
    with safer_kpi.open(settings.home) as lake:
        failed = {(row["check"], row["subject"]) for row in lake.verify().rows() if row["status"] == "failed"}
    assert failed & ({("head", "releases")} if LAST in gone else {("chain", FIRST)})


def test_a_chain_forged_anew_is_found_by_its_place(settings: Settings, build: Callable[..., None]) -> None:
    """With keys of their own and the same names, a forger publishes another first release in place of all."""
    build(4)
    publish(settings)
    shutil.rmtree(settings.home / "releases")
    shutil.rmtree(settings.home / "state" / "keys")
    build(7)
    publish(replace(settings, heads=settings.home.parent / "forger.json"))  # the forger's machine is another one
    with safer_kpi.open(settings.home) as lake:
        failed = {(row["check"], row["subject"]) for row in lake.verify().rows() if row["status"] == "failed"}
    assert ("head", "releases") in failed


def test_an_older_head_is_an_anchor_too(home: Path) -> None:
    head = _head(home / "releases" / FIRST)
    [check] = [check for check in verify_folder(home / "releases" / LAST, Terms(head=head)) if check[0] == "head"]
    assert check[2] == "ok"
    assert "newer releases follow" in check[3]


def test_a_forged_number_is_found_by_its_signatures(home: Path) -> None:
    """Whoever can write to the store can make every hash fit; they cannot make the approvers sign it."""
    folder = home / "releases" / LAST
    (folder / "area.parquet").write_bytes(b"forged")
    sha256 = hashlib.sha256(b"forged").hexdigest()
    _rewrite(folder, lambda manifest: manifest["files"].update({"area.parquet": sha256}))
    assert failures(folder) == {
        ("approval", f"{LAST} Ada King"), ("approval", f"{LAST} Bo Lund"), ("approvals", LAST)
    }  # fmt: skip


def test_a_certificate_is_bound_to_what_it_lists(home: Path) -> None:
    folder = home / "releases" / LAST
    _rewrite(folder, lambda manifest: manifest["certificates"].update({"1a.robbery": "0" * 64}))
    assert ("certificates", LAST) in failures(folder)


def _keys(folder: Path) -> Approvers:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return Approvers({each["public_key"]: each["name"] for each in manifest["approvals"]})


def test_trusted_keys_come_from_the_reader_s_settings(home: Path) -> None:
    folder = home / "releases" / LAST
    trusted = _keys(folder)
    found = verify_folder(folder, Terms(approvers=trusted))
    assert {status for check, _, status, _ in found if check == "approval"} == {"ok"}
    ada = {key: name for key, name in trusted.names.items() if name == "Ada King"}
    assert failures(folder, Terms(approvers=Approvers(ada))) == {("approval", f"{LAST} Bo Lund"), ("approvals", LAST)}
    swapped = Approvers({key: "Bo Lund" if name == "Ada King" else "Ada King" for key, name in trusted.names.items()})
    assert ("approvals", LAST) in failures(folder, Terms(approvers=swapped))


def test_one_person_approving_twice_is_found(home: Path, tmp_path: Path) -> None:
    """Once under another spelling with a second key, once under another name with the same key."""
    folder = home / "releases" / LAST
    make_key(tmp_path / "second")
    key = read_key(tmp_path / "second")

    def forge(manifest: dict[str, Any], name: str) -> None:
        approval = {"name": name, "comment": "", "at": "2024-12-01 00:00:00"}
        signature = sign(key, approval_message(record_hash(manifest), approval))
        manifest["approvals"][1] = {**approval, "public_key": public_key(key), "signature": signature}

    _rewrite(folder, lambda manifest: forge(manifest, "ada  KING"))
    assert failures(folder) == {("approval", f"{LAST} ada  KING"), ("approvals", LAST)}
    _rewrite(folder, lambda manifest: manifest["approvals"].pop(0))
    _rewrite(folder, lambda manifest: manifest["approvals"].append({**manifest["approvals"][0], "name": "Cy Moss"}))
    assert ("approvals", LAST) in failures(folder)


def test_a_manifest_cannot_ask_for_fewer_people(home: Path) -> None:
    folder = home / "releases" / LAST
    _rewrite(folder, lambda manifest: manifest.update(approvals=[], approvals_required=0))
    assert ("approvals", LAST) in failures(folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"release_id": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_manifest_that_is_none_is_said_to_be_none(home: Path, content: bytes) -> None:
    folder = home / "releases" / LAST
    (folder / "manifest.json").write_bytes(content)
    assert failures(folder) == {("manifest", LAST)}


def test_a_file_s_name_leads_nowhere_else(home: Path) -> None:
    folder = home / "releases" / LAST
    _rewrite(folder, lambda manifest: manifest["files"].update({"../../../etc/hosts": "0" * 64}))
    assert ("file", "../../../etc/hosts") in failures(folder)


def test_a_withdrawn_release_stays_readable_and_says_so(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    publish(settings)
    notice = releases.withdraw(settings, FIRST, name="Ada King", reason="June was not ours")
    assert notice["reason"] == "June was not ours"
    folder = settings.home / "releases" / FIRST
    assert failures(folder) == set()
    for place in (settings.home, folder):
        with safer_kpi.open(place) as lake:
            [listed] = lake.releases().rows()
            assert (listed["status"], listed["withdrawn_reason"]) == ("withdrawn", "June was not ours")
            rows = lake.metric("1a.violence_and_sexual_offences", area="L1", by="quarter", release=FIRST).rows()
            assert [(row["value"], row["status"]) for row in rows] == [(56, "withdrawn")]
    with safer_kpi.open(settings.home) as lake:  # a call without a release does not mean one that was withdrawn
        [row] = lake.metric("1a.violence_and_sexual_offences", area="L1", by="quarter").rows()
        assert row["release_id"] is None
    # The next release records the withdrawal: taking the notice away again shows.
    build(7)
    publish(settings, reason="June came again")
    file = settings.home / "releases" / f"{FIRST}.withdrawal.json"
    content = file.read_bytes()
    assert failures(settings.home / "releases" / LAST) == set()
    file.unlink()
    assert ("withdrawal", FIRST) in failures(settings.home / "releases" / LAST)
    file.write_bytes(content.replace(b"June was not ours", b"June was all ours"))
    assert ("withdrawal", FIRST) in failures(folder)
    assert ("withdrawal", FIRST) in failures(settings.home / "releases" / LAST)


def test_the_command_names_what_fails_and_keeps_a_head(home: Path) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["verify", *arguments, "--home", str(home)])

    kept = run("--remember")
    assert kept.exit_code == 0, kept.output
    assert _head(home / "releases" / LAST) in kept.output
    (home / "releases" / LAST / "area.parquet").unlink()
    found = run()
    assert found.exit_code == 1
    assert f"file {LAST}/area.parquet: missing" in found.output
    assert run(str(home / "releases" / LAST)).exit_code == 1
    assert run(FIRST, "--head", "0" * 64).exit_code == 1


def test_a_head_is_kept_of_a_whole_chain_only(home: Path, tmp_path: Path) -> None:
    from safer_kpi.reading.verifying.chain import keep_head

    folder = shutil.copytree(home / "releases" / LAST, tmp_path / "alone" / LAST)
    with pytest.raises(CheckFailed, match="incomplete here"):
        keep_head(Path(folder), tmp_path / "heads.json")
