"""Airflow's REST API as a person or another team's program uses it, and a stack in a folder of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from safer_kpi.stack import Stack

ENDED = {"success", "failed", "skipped", "upstream_failed", "removed"}
_PAGE = 100
_TOKENS: dict[tuple[str, str, str], str] = {}  # by address, user and password; they are good for a day
Found = TypeVar("Found")


@dataclass(frozen=True)
class Airflow:
    """The REST API of a stack, asked as one of its users."""

    stack: Stack
    user: str = "admin"

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """One page of what lies at a path."""
        words = urllib.parse.urlencode(query, doseq=True)
        return self._ask("GET", f"{path}?{words}" if words else path)

    def every(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        """All pages."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, limit=_PAGE, offset=len(found), **query)
            found += page[key]
            if len(page[key]) < _PAGE:
                return found

    def runs(self, dag: str = "~", **query: Any) -> list[dict[str, Any]]:
        """Runs of a DAG, or of all."""
        return self.every(f"/dags/{dag}/dagRuns", "dag_runs", **query)

    def is_busy(self) -> bool:
        """Whether a run of any DAG has not ended."""
        return bool(self.get("/dags/~/dagRuns", state=["queued", "running"], limit=1)["dag_runs"])

    def tasks(self, dag: str = "~", run: str = "~", **query: Any) -> list[dict[str, Any]]:
        """Task instances, as they are now."""
        return self.every(f"/dags/{dag}/dagRuns/{run}/taskInstances", "task_instances", **query)

    def events(self, asset: str) -> list[dict[str, Any]]:
        """The events of an asset, the first to come first."""
        found = [each for each in self.every("/assets/events", "asset_events") if each["name"] == asset]
        return sorted(found, key=lambda each: each["id"])

    def questions(self) -> list[dict[str, Any]]:
        """What people are being asked now."""
        asked = self.every("/dags/~/dagRuns/~/hitlDetails", "hitl_details", response_received=False)
        return [each for each in asked if each["task_instance"]["state"] == "awaiting_input"]

    def answer(self, question: dict[str, Any], choice: str, **fields: str) -> None:
        """Answer a question, as this user; ``fields`` are those of its form."""
        at = question["task_instance"]
        place = f"/dags/{at['dag_id']}/dagRuns/{at['dag_run_id']}/taskInstances/{at['task_id']}/{at['map_index']}"
        said = {"chosen_options": [choice], "params_input": fields}
        self._ask("PATCH", f"{urllib.parse.quote(place)}/hitlDetails", said)

    def start(self, dag: str) -> str:
        """Switch a DAG on and start a run of it; return the run's id."""
        self._ask("PATCH", f"/dags/{dag}", {"is_paused": False})
        return str(self._ask("POST", f"/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"])

    def story(self) -> str:
        """What is not well, for the message of a test that waits in vain."""
        try:
            lines = [
                f"{each['dag_id']} {each['dag_run_id']} {each['task_id']}[{each['map_index']}]: {each['state']},"
                f" try {each['try_number']}"
                for each in self.tasks()
                if each["state"] not in {"success", "skipped"}
            ]
            lines += [f"{each['dag_id']} {each['dag_run_id']}: {each['state']}" for each in self.runs()]
        except OSError as problem:
            lines = [f"the API does not answer: {problem}"]
        files = [str(path) for path in sorted(Path(self.stack.inbox).glob("*/*")) if path.is_file()]
        return "\n".join([*lines, *files, f"logs: {self.stack.layout.logs}"])

    def _ask(self, method: str, path: str, said: object = None) -> dict[str, Any]:
        return self._call(method, f"/api/v2{path}", said, token=self._token())

    def _token(self) -> str:
        """Asked for once: a login costs the server more than most questions do."""
        key = (self.stack.address, self.user, self.stack.passwords[self.user])
        if key not in _TOKENS:
            answer = self._call("POST", "/auth/token", {"username": self.user, "password": key[-1]})
            _TOKENS[key] = answer["access_token"]
        return _TOKENS[key]

    def _call(self, method: str, path: str, said: object, *, token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        body = None if said is None else json.dumps(said).encode()
        request = urllib.request.Request(self.stack.address + path, body, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own server, on loopback)
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            refused.add_note(refused.read().decode(errors="replace")[:500])
            raise


def until(
    look: Callable[[], Found], what: str, *, seconds: float = 600, story: Callable[[], str] = str, every: float = 1
) -> Found:
    """What ``look`` answers as soon as that is true; a server that does not answer is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except (OSError, ValueError):
            pass
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s\n{story()}"
        time.sleep(every)


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder that Postgres's own user may pass and whose sockets have short names; it stays when the body fails."""
    folder = Path(tempfile.mkdtemp(prefix="kpi-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def drop(inbox: Path | str, feed: str, file: Path) -> Path:
    """Drop a file as a person copies one: under its own name, in place."""
    target = Path(inbox) / feed / file.name
    shutil.copyfile(file, target)
    return target
