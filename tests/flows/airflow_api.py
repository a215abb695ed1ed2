"""Airflow's REST API for tests: log in with a name and a password, ask, change, wait."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from safer_kpi.stack import Stack


class AirflowApi:
    """The REST API as one user sees it; paths are below ``/api/v2``."""

    def __init__(self, stack: Stack, user: str = "admin") -> None:
        self.address = stack.address
        login = {"username": user, "password": stack.passwords[user]}
        self._token = self._call("POST", "/auth/token", login)["access_token"]

    def get(self, path: str, **query: Any) -> Any:
        """``get("/dags", limit=5)``."""
        words = f"?{urllib.parse.urlencode(query, doseq=True)}" if query else ""
        return self._call("GET", f"/api/v2{path}{words}")

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call("POST", f"/api/v2{path}", body or {})

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PATCH", f"/api/v2{path}", body)

    def until(self, found: Callable[[AirflowApi], Any], *, seconds: float = 60, every: float = 0.5) -> Any:
        """Ask again until the answer is true; an API server that is being restarted is waited for too."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = found(self)
            except (urllib.error.URLError, ConnectionError, TimeoutError) as mistake:
                if isinstance(mistake, urllib.error.HTTPError) and mistake.code < 500:
                    raise
                answer = None
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {answer!r}")
            time.sleep(every)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 (our own server, on loopback)
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        if path != "/auth/token":
            request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (the same)
            text = answer.read()
        return json.loads(text) if text else None
