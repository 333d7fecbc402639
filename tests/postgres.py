"""A PostgreSQL server of one's own on 127.0.0.1, made and thrown away; it can be stopped as if the power failed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOMS = ["/usr/lib/postgresql", "/usr/local/lib/postgresql"]
USER = "postgres"


def programs() -> Path | None:
    """Return the folder of the newest server that is installed; `None` if there is none."""
    found = [path.parent for room in ROOMS for path in Path(room).glob("*/bin/postgres")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


class Postgres:
    """The server; `start` and `stop` it as often as needed, and `remove` it at the end."""

    def __init__(self) -> None:
        bin_ = programs()
        if bin_ is None:
            raise RuntimeError("PostgreSQL is not installed; on Debian: make servers")
        self._bin = bin_
        self._folder = Path(tempfile.mkdtemp(prefix="smsway-postgres-"))
        # The server refuses to be root's.
        self._user = USER if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(USER)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self._run(
            "initdb",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            f"--username={USER}",
            "-D",
            self._data,
        )

    @property
    def url(self) -> str:
        """The address of its first database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        done = subprocess.run(command, user=self._user, cwd="/", capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')[-500:]}")

    def start(self, **settings: object) -> None:
        """Start it, and wait until it answers; *settings* are those of its configuration."""
        options = [f"-c{name}={value}" for name, value in settings.items()]
        self._process = subprocess.Popen(
            [
                str(self._bin / "postgres"),
                *("-D", str(self._data), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self._folder)),
                *options,
            ],
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port)
            except RuntimeError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def create(self, database: str, like: str = "template1") -> str:
        """Make a database with what stands in another one that nobody uses, and return its address."""
        self._run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", USER, "-T", like, database)
        return self.url_of(database)

    def stop(self, *, immediately: bool = False) -> None:
        """Stop it; *immediately* lets it write nothing more, as when the power fails."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        """Stop it, and delete what it kept."""
        self.stop(immediately=True)
        shutil.rmtree(self._folder, ignore_errors=True)
