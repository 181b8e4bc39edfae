"""A sync that takes longer, as on a production disk: a shim in front of fsync and fdatasync.

It is compiled from `slow_sync.c` with the machine's own `cc` and loaded with LD_PRELOAD. SQLite syncs
in this process, which therefore starts itself once more under the shim. PostgreSQL syncs in its own
processes: its server has to be started under it, and whether it was is found out by measuring.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ledger.errors import UnsafeSettings

_SOURCE = Path(__file__).with_name("slow_sync.c")


def loaded() -> float:
    """By how many ms the shim in this process delays a sync; 0 without one."""
    try:
        delay = ctypes.CDLL(None).ledger_sync_delay_ns
    except AttributeError:
        return 0.0
    delay.restype = ctypes.c_long
    return int(delay()) / 1e6


def compiled(delay: float) -> Path:
    """The shim for a delay in ms; readable for every user, kept for servers started under it.

    Raises:
        UnsafeSettings: there is no compiler, or it refuses.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        why = "the shim that delays a sync has to be compiled, and there is no `cc`"
        raise UnsafeSettings(setting="--sync-delay", why=why)
    place = Path(tempfile.gettempdir()) / f"ledger-slow-sync-{os.getuid()}-{round(delay * 1e6)}.so"
    handle, name = tempfile.mkstemp(suffix=".so", dir=place.parent)
    os.close(handle)
    done = subprocess.run(  # noqa: S603 - our own source, the machine's own compiler
        [
            *(compiler, "-shared", "-fPIC", "-O2", f"-DDELAY_NS={round(delay * 1e6)}L"),
            *("-o", name, str(_SOURCE), "-ldl"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        Path(name).unlink()
        raise UnsafeSettings(setting="--sync-delay", why=f"cc refuses: {done.stderr.strip()[:200]}")
    Path(name).chmod(0o755)
    return Path(name).replace(place)


def restart_under(delay: float) -> None:
    """Start this very command once more under the shim; does not return.

    `env` sets the variable, so the environment is not read here.
    """
    env = shutil.which("env") or "/usr/bin/env"
    command = [sys.executable, "-m", "api.cli", *sys.argv[1:]]
    sys.stdout.flush()
    os.execv(env, [env, f"LD_PRELOAD={compiled(delay)}", *command])  # noqa: S606 - itself


def require_server(measured: float, delay: float) -> None:
    """Refuse a PostgreSQL server that commits faster than the delay (both in ms).

    Raises:
        UnsafeSettings: it does not run under the shim; says how to start it.
    """
    if measured < delay:
        why = f"the server acknowledges a commit in {measured:.3f} ms: it runs without the delay"
        run = f"LD_PRELOAD={compiled(delay)} postgres …"
        raise UnsafeSettings(setting="--sync-delay", why=why, run=run)
