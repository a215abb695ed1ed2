"""Write ``airflow.cfg`` for one person on one machine, with the reason for every setting.

The file alone is enough: ``AIRFLOW_HOME=<home>/airflow airflow dags list`` talks to the same Airflow.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote

from safer_kpi.files import write_durably
from safer_kpi.settings import child_environment
from safer_kpi.stack import storage
from safer_kpi.stack.layout import HOST, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.settings import Settings
    from safer_kpi.stack.layout import Layout

_SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"

#: Section, option, value, reason. A person may try another value with ``AIRFLOW__SECTION__OPTION``.
_TUNING = (
    ("core", "parallelism", "4", "a laptop's worth of tasks; each waits in a process of its own"),
    ("core", "mp_start_method", "fork", "workers share the imported Airflow instead of importing it again"),
    ("core", "dags_are_paused_at_creation", "False", "what was started is meant to run"),
    ("core", "dagbag_import_timeout", "90", "contracts import pandera, slow on a cold and busy machine"),
    ("core", "killed_task_cleanup_time", "10", "a landing that is killed has nothing to tidy: the lake is whole"),
    ("core", "min_serialized_dag_update_interval", "5", "an edited contract shows at its next parse"),
    ("core", "hostname_callable", "socket.gethostname", "no name server is asked who this machine is"),
    ("core", "compress_serialized_dags", "True", "Airflow's query for the asset graph fails on JSON through psycopg 3"),
    ("database", "sql_alchemy_pool_size", "3", "five processes share one small Postgres"),
    ("scheduler", "scheduler_idle_sleep_time", "0.5", "a task starts within half a second; less is felt by the fan"),
    ("scheduler", "scheduler_health_check_threshold", "15", "a killed scheduler's tasks are free in seconds"),
    ("scheduler", "orphaned_tasks_check_interval", "10", "and the next one takes them up"),
    ("scheduler", "task_instance_heartbeat_timeout", "45", "a killed task is tried again; outlives an API restart"),
    ("scheduler", "task_instance_heartbeat_timeout_detection_interval", "5", "the same"),
    ("scheduler", "task_queued_timeout", "120", "a task whose worker was killed before it began"),
    ("scheduler", "task_queued_timeout_check_interval", "15", "the same"),
    ("scheduler", "trigger_timeout_check_interval", "5", "a decision that is waited for ends on time"),
    ("scheduler", "parsing_cleanup_interval", "30", "a feed that is gone takes its DAG along"),
    ("triggerer", "capacity", "100", "a watcher per feed, and the decisions that are waited for"),
    ("triggerer", "triggerer_health_check_threshold", "15", "the next triggerer takes over a killed one's watchers"),
    ("dag_processor", "refresh_interval", "30", "a new file is seen within half a minute"),
    ("dag_processor", "min_file_process_interval", "60", "parsing imports every contract: seldom enough to idle"),
    ("dag_processor", "stale_dag_threshold", "90", "above the interval of parsing"),
    ("dag_processor", "parsing_processes", "1", "a handful of files"),
    ("dag_processor", "dag_file_processor_timeout", "120", "above the time an import may take"),
    ("dag_processor", "print_stats_interval", "0", "quiet"),
    ("dag_processor", "health_check_threshold", "20", "a killed one shows in seconds"),
    ("workers", "socket_cleanup_timeout", "10", "a task's worker is free soon after a child of it was killed"),
    ("workers", "min_heartbeat_interval", "1", "as long may a worker take to see that its task has ended"),
    ("workers", "max_failed_heartbeats", "30", "an API restart takes that many"),
    ("workers", "missing_dag_retry_delay", "5", "the first parse may end after the first run began"),
    ("workers", "execution_api_timeout", "30", "a new API server takes long over the first answer to a task"),
    ("workers", "execution_api_retry_wait_max", "10", "a task finds an API server that was restarted"),
    ("logging", "dag_processor_log_target", "stdout", "into the component's log, which is kept short"),
    ("logging", "colored_console_log", "False", "logs are files"),
    ("logging", "uvicorn_logging_level", "WARNING", "quiet"),
    ("openlineage", "extractors", "safer_kpi.orchestration.lineage.AssetLineage", "to whom a transport tells of tasks"),
    ("openlineage", "disable_source_code", "True", "what a task does is told by its name"),
    ("api", "instance_name", "safer_kpi", "the page says what it is"),
    ("api", "enable_swagger_ui", "True", "documents the REST API"),
    ("api", "auto_refresh_interval", "3", "as Airflow has it"),
)


def write_config(layout: Layout, settings: Settings, *, port: int, people: Mapping[str, str]) -> None:
    """Write ``airflow.cfg``, with keys that are created once."""
    sections: dict[str, list[str]] = {}
    for section, option, value, reason in (*_own(layout, settings, port, people), *_TUNING):
        sections.setdefault(section, []).append(
            f"# {reason}\n{option} = {value.replace('%', '%%')}\n" if reason else f"{option} = {value}\n"
        )
    text = "# Written by safer-kpi up; the next start writes it anew.\n"
    write_durably(
        layout.config,
        (text + "".join(f"\n[{name}]\n{''.join(lines)}" for name, lines in sections.items())).encode(),
        private=True,
    )


def environment(layout: Layout, settings: Settings) -> dict[str, str]:
    """Return the environment of a stack: the person's own without the variables that configure another Airflow."""
    own = {f"AIRFLOW__{section}__{option}".upper() for section, option, *_ in _own(layout, settings, 0, {})}
    kept = {
        name: value
        for name, value in child_environment(settings).items()
        if name.removesuffix("_CMD").removesuffix("_SECRET") not in own
    }
    lake = storage.variables(settings) if layout.storage.exists() else {}
    return (
        kept
        | lake
        | {
            "AIRFLOW_HOME": str(layout.folder),
            "AIRFLOW_CONFIG": str(layout.config),
            "NO_COLOR": "1",
            "SPT_NOENV": "1",  # a process that gives itself a title keeps its environment readable, and so the marker
        }
    )


def _own(layout: Layout, settings: Settings, port: int, people: Mapping[str, str]) -> Sequence[tuple[str, ...]]:
    """Return the settings that identify this Airflow; the environment must not change them."""
    keys = _keys(layout)
    place = f"//postgres@/postgres?host={quote(str(layout.sockets))}"
    return (
        ("core", "executor", "safer_kpi.orchestration.executor.WarmLocalExecutor", "one machine"),
        ("core", "dags_folder", str(settings.project / "dags"), "the project's"),
        ("core", "plugins_folder", str(layout.folder / "plugins"), "none of another Airflow's"),
        ("core", "load_examples", "False", "the project's DAGs and no others"),
        ("core", "fernet_key", keys["fernet"], "made once"),
        ("core", "auth_manager", _SIMPLE, "names and passwords in files of one person's own"),
        ("core", "simple_auth_manager_users", ",".join(f"{who}:{role}" for who, role in people.items()), "--user"),
        ("core", "simple_auth_manager_passwords_file", str(layout.passwords), "its owner's alone"),
        ("core", "simple_auth_manager_all_admins", "False", "an approval needs a name"),
        ("core", "execution_api_server_url", f"http://{HOST}:{port}/execution/", "tasks report there"),
        ("database", "sql_alchemy_conn", f"postgresql+psycopg:{place}", "a socket, open to its owner alone"),
        ("database", "sql_alchemy_conn_async", f"postgresql+asyncpg:{place}", "the same"),
        ("api", "host", HOST, "loopback only"),
        ("api", "port", str(port), "--port"),
        ("api", "base_url", f"http://{HOST}:{port}", "what the links say"),
        ("api", "workers", "1", "one person"),
        ("api", "secret_key", keys["api"], "made once"),
        ("api_auth", "jwt_secret", keys["jwt"], "made once, so that a login outlives a restart"),
        ("logging", "base_log_folder", str(layout.logs / "tasks"), "a file per try of a task"),
        ("logging", "remote_logging", "False", "logs stay here"),
        ("scheduler", "enable_health_check", "False", "its server listens on every address"),
    )


def _keys(layout: Layout) -> dict[str, str]:
    known = read_json(layout.secrets)
    if not known:
        known = {
            "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "jwt": secrets.token_urlsafe(48),
            "api": secrets.token_urlsafe(32),
        }
        write_durably(layout.secrets, (json.dumps(known) + "\n").encode(), private=True)
    return known
