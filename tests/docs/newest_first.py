"""Rebuild a lake's releases with the deliveries landed newest first, and print the checks as ``verify --json`` does."""

import json
import sys

from safer_kpi.releases.rebuild import rebuild
from safer_kpi.releases.reordered import reordered
from safer_kpi.settings import Settings

if __name__ == "__main__":
    checks = rebuild(
        Settings.load(sys.argv[1]), order=lambda entries: reordered(entries, rank=lambda past: -past.entry)
    )
    names = ("check", "subject", "status", "detail")
    print(json.dumps({"rows": [dict(zip(names, check, strict=True)) for check in checks]}))
