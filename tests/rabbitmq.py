"""A RabbitMQ server of one's own on 127.0.0.1, made and thrown away; it can be stopped as if the power failed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOM = Path("/usr/lib/rabbitmq/bin")
USER = "rabbitmq"


def programs() -> Path | None:
    """Return the folder of the server; `None` if it is not installed."""
    return ROOM if (ROOM / "rabbitmq-server").exists() else None


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class RabbitMQ:
    """The server; `start` and `stop` it as often as needed, and `remove` it at the end."""

    def __init__(self) -> None:
        if programs() is None:
            raise RuntimeError("RabbitMQ is not installed; on Debian: make servers")
        self._folder = Path(tempfile.mkdtemp(prefix="smsway-rabbitmq-"))
        self._user = USER if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(USER)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        self.port = _free_port()
        (self._folder / "rabbitmq.conf").write_text("loopback_users = none\nlog.console = false\n")
        (self._folder / "enabled_plugins").write_text("[].\n")
        self._process: subprocess.Popen[bytes] | None = None
        self._names: subprocess.Popen[bytes] | None = None
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "RABBITMQ_NODENAME": f"smsway{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(_free_port()),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_SERVER_START_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(_free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    @property
    def url(self) -> str:
        """Its address."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        if self._names is None:
            # Otherwise the server starts it as a daemon that outlives everybody.
            self._names = self._run("epmd")
        self._process = self._run(str(ROOM / "rabbitmq-server"))
        deadline = time.monotonic() + 120
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("RabbitMQ does not start")
            time.sleep(0.1)

    def _run(self, program: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [program],
            user=self._user,
            env=self._environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answers(self) -> bool:
        """True if it speaks AMQP; its port may be open before."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.settimeout(2)
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it as if the power failed."""
        if self._process is not None:
            _kill(self._process)
            self._process = None

    def remove(self) -> None:
        """Stop it, and delete what it kept."""
        self.stop()
        if self._names is not None:
            _kill(self._names)
        shutil.rmtree(self._folder, ignore_errors=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
