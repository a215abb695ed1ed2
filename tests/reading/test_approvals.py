"""Who may approve what, with which key; and what a certificate is worth when the lake has moved on."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import CheckFailed, NotFound, UsageError, releases
from safer_kpi.cli.main import app
from safer_kpi.reading.record import canonical, parse
from safer_kpi.reading.sealing.signatures import Approvers, approver_line, fingerprint, is_signed, read_approvers
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.releases.keys import make_key, public_key, read_key, sign
from safer_kpi.settings import Settings
from tests.reading.publishing import failures, publish

pytestmark = pytest.mark.long(20)

QUARTER, VIOLENCE = "2024-25-Q1", "1a.violence_and_sexual_offences"


def test_canonical_json_is_that_of_the_standard() -> None:
    """The example of RFC 8785, section 3.2.2, without its number that is no integer."""
    content = {
        "numbers": [333333333, 4, 2],
        "string": '\u20ac$\u000f\u000aA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    expected = '{"literals":[null,true,false],"numbers":[333333333,4,2],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(content) == expected.encode()
    assert parse(expected.encode()) == content
    assert parse(expected.encode() + b"\n") is None


def test_a_signature_is_ed25519_s() -> None:
    """RFC 8032, section 7.1, test 1: the empty message."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    assert base64.b64decode(sign(key, b"")).hex() == signature
    assert is_signed(public_key(key), b"", sign(key, b""))
    assert not is_signed(public_key(key), b"x", sign(key, b""))


def test_what_is_no_ed25519_key_has_signed_nothing() -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    kind, _, text = public_key(key).partition(" ")
    blob = base64.b64decode(text)
    other = generate_private_key(SECP256R1()).public_key()
    ecdsa = other.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    assert is_signed(f"{kind} {text} ada@example.org", b"m", sign(key, b"m"))
    longer, shorter = (base64.b64encode(content).decode() for content in (blob + b"\0", blob[:-1]))
    for wrong in (ecdsa, f"{kind} {longer}", f"{kind} {shorter}", f"ssh-rsa {text}", kind, "", f"{kind} *"):
        assert not is_signed(wrong, b"m", sign(key, b"m"))


def test_a_key_is_its_owner_s_alone_and_never_written_over(tmp_path: Path) -> None:
    public = make_key(tmp_path / "ada")
    assert stat.S_IMODE((tmp_path / "ada").stat().st_mode) == 0o600
    assert public_key(read_key(tmp_path / "ada")) == public
    with pytest.raises(UsageError, match="never overwritten"):
        make_key(tmp_path / "ada")
    word = "hedge sparrow"
    make_key(tmp_path / "locked", passphrase=word)
    assert read_key(tmp_path / "locked", passphrase=word)
    for wrong in ("", "sparrow"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_key(tmp_path / "locked", passphrase=wrong)
    with pytest.raises(NotFound, match="key new"):
        read_key(tmp_path / "nobody")


def test_other_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "ec").write_bytes(other)
    (tmp_path / "text").write_text("my secret")
    with pytest.raises(UsageError, match="no Ed25519 key"):
        read_key(tmp_path / "ec")
    with pytest.raises(UsageError, match="cannot be read") as refusal:
        read_key(tmp_path / "text")
    assert "secret" not in str(refusal.value)


def test_the_file_of_approvers_is_read_strictly(tmp_path: Path) -> None:
    public = make_key(tmp_path / "ada")
    file = tmp_path / "approvers"
    file.write_text(f"# ours\n\n{approver_line('Ada  King', public)} at work\nBo {public}\n")
    assert read_approvers(file).names == {public: "Bo"}
    file.write_text(f'"Ada King" {public}\nEve ssh-rsa AAAA\n')
    with pytest.raises(UsageError, match="Line 2"):
        read_approvers(file)
    assert read_approvers(tmp_path / "none").names == {}


def test_an_approver_may_be_the_data_protection_officer(tmp_path: Path) -> None:
    public = make_key(tmp_path / "di")
    file = tmp_path / "approvers"
    file.write_text(f"{approver_line('Di Nash', public, is_officer=True)} in the council\n")
    assert f'"Di Nash" {public} role=data-protection-officer' in file.read_text()
    assert read_approvers(file) == Approvers({public: "Di Nash"}, frozenset({public}))
    file.write_text(f'"Di Nash" {public} role=officer\n')
    with pytest.raises(UsageError, match=r"Line 1 .* the only role is role=data-protection-officer"):
        read_approvers(file)


def test_where_approvers_are_named_only_they_approve(
    settings: Settings, build: Callable[..., None], tmp_path: Path
) -> None:
    build(4)
    lines = [approver_line(name, make_key(tmp_path / name.split()[0])) for name in ("Ada King", "Bo Lund")]
    (settings.home / "approvers").write_text("\n".join(lines))
    releases.draft(settings, QUARTER)
    with pytest.raises(UsageError, match="not one of Ada King's"):
        releases.approve(settings, QUARTER, name="Ada King")  # with a key the lake would make
    with pytest.raises(UsageError, match="not one of Cy Moss's"):
        releases.approve(settings, QUARTER, name="Cy Moss", key=tmp_path / "Ada")
    releases.approve(settings, QUARTER, name="Ada King", key=tmp_path / "Ada")
    own = replace(settings, signing_key=tmp_path / "Bo")
    releases.approve(own, QUARTER, name="Bo Lund")
    releases.publish(settings, QUARTER)
    folder = settings.home / "releases" / QUARTER
    found = verify_folder(folder, Terms.of(settings))
    assert {status for check, _, status, _ in found if check.startswith("approval")} == {"ok"}


def test_one_key_approves_once(settings: Settings, build: Callable[..., None], tmp_path: Path) -> None:
    build(4)
    releases.draft(settings, QUARTER)
    make_key(tmp_path / "shared")
    releases.approve(settings, QUARTER, name="Ada King", key=tmp_path / "shared")
    with pytest.raises(releases.ApprovedAlready, match="That key has already approved"):
        releases.approve(settings, QUARTER, name="Bo Lund", key=tmp_path / "shared")
    with pytest.raises(releases.ApprovedAlready, match="ada king has already approved"):
        releases.approve(settings, QUARTER, name="ada  king")


def test_an_approval_carries_the_moment_it_was_given(settings: Settings, build: Callable[..., None]) -> None:
    """Between the draft and now, wherever the clock stood that told it; it is signed like the name."""
    build(4)
    releases.draft(settings, QUARTER)
    file = settings.home / "drafts" / QUARTER / "draft.json"
    drafted_at = dt.datetime.fromisoformat(json.loads(file.read_bytes())["drafted_at"])
    with pytest.raises(UsageError, match="was drafted after"):
        releases.approve(settings, QUARTER, name="Ada King", at=drafted_at - dt.timedelta(microseconds=1))
    with pytest.raises(UsageError, match="in the future"):
        releases.approve(settings, QUARTER, name="Ada King", at=drafted_at + dt.timedelta(hours=1))
    releases.approve(settings, QUARTER, name="Ada King", at=drafted_at)
    summer = dt.timezone(dt.timedelta(hours=1))
    said = drafted_at.replace(tzinfo=dt.UTC).astimezone(summer)
    found = releases.approve(settings, QUARTER, name="Bo Lund", at=said)
    assert [each["at"] for each in found] == [drafted_at.isoformat(sep=" ")] * 2
    releases.publish(settings, QUARTER)
    assert failures(settings.home / "releases" / QUARTER) == set()


def test_an_approval_is_of_the_record_that_was_drafted(settings: Settings, build: Callable[..., None]) -> None:
    """Changing what the draft says of itself, not its files, is found by the signatures."""
    build(4)
    releases.draft(settings, QUARTER)
    for name in ("Ada King", "Bo Lund"):
        releases.approve(settings, QUARTER, name=name)
    file = settings.home / "drafts" / QUARTER / "draft.json"
    file.write_text(file.read_text().replace('"edition": "restricted"', '"edition": "public"'))
    with pytest.raises(CheckFailed, match="Ada King"):
        releases.publish(settings, QUARTER)


def test_what_lacks_coverage_is_approved_with_a_reason_that_travels(
    settings: Settings, build: Callable[..., None]
) -> None:
    """At entry 3 June has not come: two of the quarter's three months, 0.67, are covered."""
    build(3)
    found = releases.draft(settings, QUARTER)["findings"]
    assert {each["check"] for each in found} == {"coverage"}
    assert {each["metric_id"] for each in found} >= {VIOLENCE}
    assert all("0.67 of 1.00" in each["detail"] for each in found)
    with pytest.raises(CheckFailed, match=r"coverage 0\.67 of 1\.00"):
        releases.approve(settings, QUARTER, name="Ada King")
    with pytest.raises(UsageError, match="needs a reason"):
        releases.approve(settings, QUARTER, name="Ada King", override=" ")
    [first] = releases.approve(settings, QUARTER, name="Ada King", override="the panel meets before June comes")
    assert first["name"] == "Ada King"
    releases.approve(settings, QUARTER, name="Bo Lund")
    releases.publish(settings, QUARTER)
    folder = settings.home / "releases" / QUARTER
    assert failures(folder, Terms(deep=True)) == set()
    told = "approved by Ada King despite coverage (coverage 0.67 of 1.00 wanted): the panel meets before June comes"
    for place in (settings.home, folder):
        with safer_kpi.open(place) as lake:
            notes = {row["note"] for row in lake.metric(VIOLENCE, by="month", release=QUARTER).rows()}
            assert notes == {told}
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {each["reason"] for each in manifest["overrides"]} == {"the panel meets before June comes"}


def test_an_override_changes_what_is_approved(settings: Settings, build: Callable[..., None]) -> None:
    build(3)
    releases.draft(settings, QUARTER)
    releases.approve(settings, QUARTER, name="Ada King", override="the panel meets")
    with pytest.raises(UsageError, match="nothing to override"):
        releases.approve(settings, QUARTER, name="Bo Lund", override="me too")


def test_a_read_file_that_was_changed_after_its_build_is_not_approved(
    settings: Settings, build: Callable[..., None]
) -> None:
    build(4)
    with duckdb.connect(str(settings.kpi_file)) as con:
        con.execute(f"UPDATE kpi.observation SET value = value + 1 WHERE metric_id = '{VIOLENCE}' AND area_code = 'W1'")
    found = releases.draft(settings, QUARTER)["findings"]
    assert [(each["metric_id"], each["check"]) for each in found] == [(VIOLENCE, "audit observation_is_balance")]
    with pytest.raises(CheckFailed, match="observation_is_balance"):
        releases.approve(settings, QUARTER, name="Ada King")


def test_a_chain_that_moved_on_needs_a_new_draft(settings: Settings, build: Callable[..., None]) -> None:
    build(7)
    publish(settings)
    releases.draft(settings, QUARTER, reason="a trial")
    for name in ("Ada King", "Bo Lund"):
        releases.approve(settings, "2024-25-Q1.2", name=name)
    releases.withdraw(settings, QUARTER, name="Ada King", reason="wrong")
    with pytest.raises(UsageError, match=r"after 2024-25-Q1\.2 was drafted"):
        releases.publish(settings, "2024-25-Q1.2")


def test_a_correction_says_of_which_kind_it_is(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    publish(settings)
    with pytest.raises(UsageError, match="no revision code"):
        releases.draft(settings, QUARTER, reason="June again", revision="R4")
    assert releases.draft(settings, QUARTER, reason="June again", revision="R1")["revision"] == "R1"
    assert releases.draft(settings, QUARTER, reason="June again")["revision"] == "C"


def test_a_certificate_lapses_when_what_it_is_bound_to_changes(settings: Settings, build: Callable[..., None]) -> None:
    """Between entries 4 and 7 the book counts three more entries of police_street."""
    build(4)
    with safer_kpi.open(settings.home) as lake:
        assert {row["state"] for row in lake.certificates().rows()} == {"provisional"}
    publish(settings)
    with safer_kpi.open(settings.home) as lake:
        assert {(row["state"], row["release_id"]) for row in lake.certificates().rows()} == {("certified", QUARTER)}
        manifest = json.loads((settings.home / "releases" / QUARTER / "manifest.json").read_bytes())
        assert {row["metric_id"]: row["certificate"] for row in lake.certificates().rows()} == manifest["certificates"]
    build(7, definition=2)
    with safer_kpi.open(settings.home) as lake:
        found = {row["metric_id"]: row["because"] for row in lake.metrics().rows()}
        assert found[VIOLENCE] == "3 more entries of police_street"
        assert found["1c.violence_positive_outcomes"] == (
            "its definition changed (1 to 2); 3 more entries of police_street"
        )
    told = CliRunner().invoke(app, ["show", VIOLENCE, "--area", "L1", "--home", str(settings.home)]).output
    assert "lapsed since 2024-25-Q1 because 3 more entries of police_street" in told
    with safer_kpi.open(settings.home / "releases" / QUARTER) as lake:  # what it holds, it certifies for good
        assert {row["state"] for row in lake.certificates().rows()} == {"certified"}


def test_the_key_command_prints_what_others_need(tmp_path: Path) -> None:
    file = tmp_path / "ada"
    made = CliRunner().invoke(app, ["key", "new", str(file), "--name", "Ada King"])
    assert made.exit_code == 0, made.output
    shown = CliRunner().invoke(app, ["key", "show", str(file), "--name", "Ada King"])
    assert shown.stdout == made.stdout
    (tmp_path / "approvers").write_text(made.stdout)
    [(public, name)] = read_approvers(tmp_path / "approvers").names.items()
    assert name == "Ada King"
    assert fingerprint(public) in made.output
    as_json = CliRunner().invoke(app, ["key", "show", str(file), "--name", "Ada King", "--json"])
    assert json.loads(as_json.stdout)["rows"] == [
        {"name": "Ada King", "approver_line": made.stdout.strip(), "fingerprint": fingerprint(public)}
    ]


@pytest.mark.parametrize("form", ["RFC4716", "PKCS8"])
def test_a_key_made_by_ssh_keygen_will_do(tmp_path: Path, form: str) -> None:
    program = shutil.which("ssh-keygen")
    if program is None:
        # What is tried is another program's key; the library itself does not need that program.
        pytest.skip("ssh-keygen is not on this machine")
    command = [program, "-q", "-t", "ed25519", "-N", "", "-m", form, "-f", str(tmp_path / "k")]
    subprocess.run(command, check=True)
    line = (tmp_path / "k.pub").read_text().split()
    public = public_key(read_key(tmp_path / "k"))
    assert public == " ".join(line[:2])
    told = subprocess.run([program, "-l", "-f", tmp_path / "k.pub"], check=True, capture_output=True, text=True)
    assert fingerprint(public) in told.stdout
