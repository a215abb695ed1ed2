"""Pseudonyms: what DuckDB computes is what Python's hmac computes, and the key never shows."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from safer_kpi.errors import UsageError
from safer_kpi.landing.pseudonyms import Key, hmac_sql, hold_key, plain_version, pseudonym_key, version_under
from safer_kpi.settings import Settings

PHRASE = "correct horse battery staple, and a good deal more of it"


def expected(secret: bytes, text: str) -> str | None:
    if not text.strip(" \t\u00a0"):
        return None
    return hmac.new(secret, text.strip(" \t\u00a0").encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize("length", [32, 64, 65, 200])
def test_duckdb_computes_what_pythons_hmac_computes(length: int) -> None:
    rng = random.Random(length)
    key = Key(id="x", secret=rng.randbytes(length))
    letters = "abcXYZ019 -/'\u00e9\u0142\u4e2d\U0001f600\u00a0"
    texts = [f"{'x' * (number % 130)}{''.join(rng.choices(letters, k=number % 9))}" for number in range(2000)]
    connection = duckdb.connect()
    hold_key(connection, key)
    connection.execute("CREATE TABLE id AS SELECT unnest(?) AS text, unnest(range(2000)) AS place", [texts])
    found = connection.execute(f"SELECT {hmac_sql('text')} FROM id ORDER BY place").fetchall()
    assert [value for (value,) in found] == [expected(key.secret, text) for text in texts]


def test_null_and_blanks_name_nobody() -> None:
    connection, blanks = duckdb.connect(), "'  '"
    hold_key(connection, Key(id="x", secret=b"k" * 32))
    assert connection.execute(f"SELECT {hmac_sql('NULL')}, {hmac_sql(blanks)}").fetchall() == [(None, None)]


def test_rfc_4231_case_2() -> None:
    # RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
    connection = duckdb.connect()
    hold_key(connection, Key(id="x", secret=b"Jefe"))
    query = "SELECT " + hmac_sql("'what do ya want for nothing?'")
    assert connection.execute(query).fetchall() == [("5bdcc146bf60754e6a042426089575c7",)]


def test_the_key_shows_in_no_statement_plan_or_repr(tmp_path) -> None:
    settings = replace(Settings.load(tmp_path), pseudonym_key=PHRASE)
    key = pseudonym_key(settings)
    connection = duckdb.connect()
    hold_key(connection, key)
    plan = connection.execute("EXPLAIN SELECT " + hmac_sql("'a'")).fetchall()
    inner = bytes(b ^ 0x36 for b in key.secret.ljust(64, b"\0"))
    shown = f"{settings!r} {key!r} {hmac_sql('a')} {plan}"
    assert PHRASE not in shown
    assert key.secret.hex() not in shown
    assert inner[:8].hex() not in shown.lower().replace("\\x", "")


def test_a_key_is_made_once_for_its_owner_alone(tmp_path) -> None:
    settings = replace(Settings.load(tmp_path), pseudonym_key="", pseudonym_key_file=None)
    with ThreadPoolExecutor(max_workers=8) as workers:
        made = set(workers.map(lambda _: pseudonym_key(settings), range(16)))
    assert len(made) == 1
    folder = tmp_path / "state"
    assert [path.name for path in folder.iterdir()] == ["pseudonym.key"]
    assert stat.S_IMODE((folder / "pseudonym.key").stat().st_mode) == 0o600


def test_hex_and_text_and_file_give_the_key(tmp_path) -> None:
    (tmp_path / "given.key").write_text(b"0123456789abcdef".hex() + "\n")
    settings = Settings.load(tmp_path)
    from_file = pseudonym_key(replace(settings, pseudonym_key="", pseudonym_key_file=tmp_path / "given.key"))
    assert from_file.secret == b"0123456789abcdef"
    assert pseudonym_key(replace(settings, pseudonym_key=PHRASE)).secret == PHRASE.encode()
    assert from_file.id == hashlib.sha256(b"key id" + b"0123456789abcdef").hexdigest()[:8]


def test_a_short_key_is_refused_without_being_shown(tmp_path) -> None:
    with pytest.raises(UsageError, match="shorter than 32") as problem:
        pseudonym_key(replace(Settings.load(tmp_path), pseudonym_key="hunter2"))
    assert "hunter2" not in str(problem.value)


def test_a_version_says_under_which_key_it_read() -> None:
    assert version_under("1.2.0", Key(id="ab12cd34", secret=b"")) == "1.2.0+key.ab12cd34"
    assert plain_version("1.2.0+key.ab12cd34") == "1.2.0"


def test_the_key_may_be_what_a_command_prints(tmp_path: Path) -> None:
    settings = replace(Settings.load(tmp_path), pseudonym_key="", pseudonym_key_file=None)
    told = replace(settings, pseudonym_key_command=f"echo {PHRASE}")
    assert pseudonym_key(told).secret == PHRASE.encode()
    assert not (tmp_path / "state" / "pseudonym.key").exists()
    for command in ("false", "no-such-command", f"echo '{PHRASE}", "sh -c 'echo secret-of-the-store >&2; exit 3'"):
        with pytest.raises(UsageError, match="gives no key") as failed:
            pseudonym_key(replace(settings, pseudonym_key_command=command))
        assert "secret-of-the-store" not in str(failed.value)
        assert PHRASE not in str(failed.value)


def test_the_key_may_be_the_password_of_an_airflow_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Airflow's command prints stands in for it here; the test below asks Airflow itself."""
    settings = replace(
        Settings.load(tmp_path), pseudonym_key="", pseudonym_key_file=None, pseudonym_key_connection="pseudonym_key"
    )
    folder = tmp_path / "fake" / "airflow"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(folder.parent))
    for printed, status in (
        ("[]", 0),
        ('[{"password": null}]', 0),
        ("no JSON", 0),
        (f'[{{"password": "{PHRASE}"}}]', 1),
    ):
        (folder / "__main__.py").write_text(f"import sys\nprint({printed!r})\nsys.exit({status})\n")
        with pytest.raises(UsageError, match=r"gives no key|shorter than 32") as failed:
            pseudonym_key(settings)
        assert PHRASE not in str(failed.value)
    rows = json.dumps([{"conn_id": "pseudonym_key", "password": PHRASE}])
    (folder / "__main__.py").write_text(
        f"import sys\nprint('[2026-11-29] a line of a log')\nprint({rows!r} if 'get' in sys.argv else '')\n"
    )
    assert pseudonym_key(settings).secret == PHRASE.encode()
    assert not (tmp_path / "state" / "pseudonym.key").exists()


@pytest.mark.e2e
def test_airflow_itself_tells_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    monkeypatch.setenv("AIRFLOW_CONN_PSEUDONYM_KEY", json.dumps({"conn_type": "generic", "password": PHRASE}))
    settings = replace(Settings.load(tmp_path), pseudonym_key="", pseudonym_key_file=None)
    assert pseudonym_key(replace(settings, pseudonym_key_connection="pseudonym_key")).secret == PHRASE.encode()
