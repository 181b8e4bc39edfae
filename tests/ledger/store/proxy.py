"""A wire between a client and a PostgreSQL socket that can be cut at a chosen moment."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import Literal

Cut = Literal["request", "reply", "now"]


class Proxy:
    """Listens on a Unix socket in `directory` and passes everything on to the server.

    `cut_next("request")` breaks the line when the client next speaks, before the server hears it;
    `cut_next("reply")` when the server next answers, before the client hears it. `abandon()` breaks
    it at once on the client's side only: the server goes on and does not know.
    """

    NAME = ".s.PGSQL.5432"

    def __init__(self, directory: Path, host: str, port: int) -> None:
        self.directory = directory
        self._host, self._port = host, port
        self._cut: str | None = None
        self._ends: list[socket.socket] = []
        self._clients: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(directory / self.NAME))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_next(self, what: Literal["request", "reply"]) -> None:
        self._cut = what

    def abandon(self) -> None:
        for client in self._clients:
            _close(client)

    def unplug(self) -> None:
        """Nobody connects any more."""
        _close(self._listener)

    def close(self) -> None:
        self.unplug()
        for end in self._ends:
            _close(end)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._reach()
            self._ends += [client, server]
            self._clients.append(client)
            for what, source, target in (("request", client, server), ("reply", server, client)):
                line = (what, source, target)
                threading.Thread(target=self._carry, args=line, daemon=True).start()

    def _reach(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def _carry(self, what: str, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if self._cut == what:
                    self._cut = None
                    _close(source)
                    _close(target)
                    return
                target.sendall(data)
        except OSError:
            return


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
