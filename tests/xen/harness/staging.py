"""Our own programs, as they are pushed into the domains: what `meson install` installs, and the test
programs beside it."""

import hashlib
import io
import json
import pathlib
import re
import shutil
import stat
import tarfile

from .host import call

# Executables that are not installed, and yet of use in a domain.
WANTED = re.compile(r"^(vgpu-|gvm|dvm)")


def stage(build, output):
    """Fills the output folder's staging/, anew, with what is built."""
    build, folder = pathlib.Path(build), pathlib.Path(output) / "staging"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    call(["meson", "install", "-C", str(build), "--no-rebuild", "--quiet", "--destdir", str(folder)])
    programs = folder / "usr/local/bin"
    programs.mkdir(parents=True, exist_ok=True)
    targets = json.loads((build / "meson-info/intro-targets.json").read_text(encoding="utf-8"))
    for target in targets:
        program = pathlib.Path(target["filename"][0])
        if target["type"] == "executable" and not target["installed"] and WANTED.match(target["name"]):
            if program.exists():
                shutil.copy(program, programs)
    return folder


def add_to_ramdisk(folder, ramdisk, target):
    """Writes a ramdisk that holds our programs in /staging as well, so that a boot brings them along:
    the kernel unpacks archives that lie one after the other."""
    target.write_bytes(ramdisk.read_bytes())
    call(["sh", "-c", 'find "$0" | cpio --quiet -o -H newc -R 0:0 >>"$1"', folder.name, str(target)],
         cwd=folder.parent)  # fmt: skip


def contents(folder):
    """Every file below the folder with a hash of what it holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {str(path.relative_to(folder)): _digest(path) for path in files}


def _digest(path):
    if path.is_symlink():
        return "-> " + str(path.readlink())
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def differences(wanted, there):
    """What has to be sent, and what has to be removed, so that `there` becomes `wanted`."""
    sent = [name for name, value in wanted.items() if there.get(name) != value]
    return sent, [name for name in there if name not in wanted]


def archive(folder, names):
    """A tar file with these files, owned by root."""

    def owned_by_root(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        return entry

    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w") as tar:
        for name in names:
            tar.add(folder / name, arcname=name, filter=owned_by_root)
    return octets.getvalue()
