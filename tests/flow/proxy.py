"""nginx as docs/deployment ships it: its workers are www-data, the product is somebody else."""

import grp
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.servers import answers, free_port, program, stop, wait_until
from tests.stack import ROOT, Stack

DOCS = ROOT / "docs" / "deployment"
APP_USER = "daemon"  # on every system, owns nothing


@cache
def as_app_user() -> list[str]:
    """What to put before a command so that it runs as ``APP_USER``; nothing where we are not root.

    An ordinary user runs the tests as themselves, which is as good. Where root's own Python is
    closed to others, the product is root in the group of ``APP_USER``.
    """
    if os.geteuid() != 0:
        return []
    group = [program("setpriv"), f"--regid={APP_USER}", "--clear-groups"]
    which = [sys.executable, "-c", "import sys; print(sys.version)"]
    told = subprocess.run([*group, f"--reuid={APP_USER}", *which], capture_output=True, text=True)
    return [*group, f"--reuid={APP_USER}"] if told.stdout.strip() == sys.version else group


def _user(certificate: object) -> str:
    """Of nginx's workers: www-data, a member of the product's group, as docs/deployment has it.

    Without a certificate it is no installation, and lies in a folder that only root may enter.
    """
    if os.geteuid() != 0:
        return ""
    return f"user www-data {grp.getgrnam(APP_USER).gr_name};" if certificate else "user root;"


def _configuration(
    stack: Stack, folder: Path, port: int, certificate: tuple[Path, Path] | None
) -> Path:
    """The shipped file with this test's address and folders in place of the marked ones."""
    site = (DOCS / "nginx.conf").read_text()
    listen = f"listen 127.0.0.1:{port};"
    if certificate:
        listen = f"listen 127.0.0.1:{port} ssl;"
        site = site.replace("/etc/ssl/certs/skin.example.org.pem", str(certificate[0]))
        site = site.replace("/etc/ssl/private/skin.example.org.key", str(certificate[1]))
    else:
        site = re.sub(r"^\s*ssl_certificate.*$", "", site, flags=re.MULTILINE)
    for shipped, ours in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": listen,
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{stack.port};",
        "/var/log/nginx/gsh.log": str(folder / "access.log"),
        "/var/lib/gsh/": stack.environment["VAR_DIR"] + "/",
        "/etc/nginx/gsh-proxy.conf": str(DOCS / "gsh-proxy.conf"),
    }.items():
        assert shipped in site, f"the shipped file no longer has {shipped}"
        site = site.replace(shipped, ours)
    (folder / "site.conf").write_text(site)
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; worker_processes 1; {_user(certificate)}\n"
        f"pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 64; }\n"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"include /etc/nginx/mime.types; include {folder}/site.conf; }}\n"
    )
    return path


@contextmanager
def nginx(
    stack: Stack, folder: Path, *, port: int = 0, certificate: tuple[Path, Path] | None = None
) -> Iterator[str]:
    """nginx in front of ``stack``, with TLS where there is a certificate; yields its address."""
    port = port or free_port()
    folder.mkdir()
    configuration = _configuration(stack, folder, port, certificate)
    command = [program("nginx"), "-p", str(folder), "-c", str(configuration)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: answers(port), seconds=20, what="nginx")
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    finally:
        stop(process)
        assert process.stderr is not None
        process.stderr.close()
