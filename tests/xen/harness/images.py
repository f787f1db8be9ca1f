"""What the machine boots from, made once and kept in a cache: the kernel, the hypervisor, the root
file systems of dom0 and of the guests, and the initial ramdisk.

Every file's name has a hash of what it is made from, so that a change makes a new one."""

import fcntl
import hashlib
import lzma
import os
import pathlib
import re
import shutil
import tempfile

from . import packages
from .host import HERE, LabError, as_root, call, step

# Modules that the domains load; what these depend on comes along.
MODULES = """virtio_pci virtio_blk virtio_net ext4 crc32c_generic overlay 9p 9pnet_virtio bridge
    xenfs xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xen-blkback xen-netback xen-pciback
    xen-blkfront xen-netfront xen-pcifront bochs""".split()
HYPERVISOR_PACKAGE = "xen-hypervisor-4.17-amd64"
SUITE = "bookworm"
MMDEBSTRAP = ["mmdebstrap", "--variant=minbase", "--mode=root", "--aptopt=APT::Install-Recommends \"0\"",
              "--aptopt=Acquire::Languages \"none\"",
              *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man"))]  # fmt: skip


def digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


class Images:
    """Owns the cache folder; `prepare` fills it, and only then the paths lead anywhere."""

    def __init__(self, cache):
        self.cache = pathlib.Path(cache)

    def prepare(self):
        self.cache.mkdir(parents=True, exist_ok=True)
        with open(self.cache / ".one-at-a-time", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.boot = self._cached("boot", digest("vmlinux", kernel_package(), *MODULES), self._make_boot)
            self.dom0 = self._root("dom0")
            self.guest = self._root("guest")
            scripts = [*sorted((HERE / "guest").iterdir()), HERE / "harness/frames.py"]
            key = digest(self.boot.name, *(path.read_text(encoding="utf-8") for path in scripts))
            self.ramdisk = self._cached("ramdisk", key, lambda path: self._make_ramdisk(path, scripts))
        self.kernel = self.boot / "vmlinux"
        self.hypervisor = self.boot / "xen"
        return self

    def _cached(self, name, key, make):
        """The path of a file or folder, made when it is missing, in place of its older versions."""
        path = self.cache / f"{name}-{key}"
        if not path.exists():
            old = [other for other in self.cache.glob(f"{name}-*")]
            with step(f"Making {name}"), tempfile.TemporaryDirectory(dir=self.cache) as scratch:
                made = pathlib.Path(scratch) / "made"
                make(made)
                made.rename(path)
            for other in old:
                shutil.rmtree(other) if other.is_dir() else other.unlink()
        return path

    def _root(self, name):
        wanted = packages.read(HERE / f"{name}-packages.txt")
        return self._cached(name, digest(SUITE, *MMDEBSTRAP, *wanted),
                            lambda path: self._make_root(path, wanted))  # fmt: skip

    def _make_root(self, path, wanted):
        root = path.parent / "root"
        try:
            call(as_root(*MMDEBSTRAP, f"--include={','.join(wanted)}", SUITE, str(root)), timeout=900)
            size = int(call(as_root("du", "-sm", str(root))).split()[0])
            call(["truncate", "-s", f"{size * 5 // 4 + 64}M", str(path)])
            call(as_root("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(root), str(path)))
        finally:
            call(as_root("rm", "-rf", "--one-file-system", str(root)))

    def _make_boot(self, path):
        """Unpacks the kernel and the hypervisor, which are not installed on this machine."""
        unpacked = path.parent / "unpacked"
        for package in (kernel_package(), HYPERVISOR_PACKAGE):
            call(["apt-get", "-q", "download", package], cwd=path.parent)
        for archive in path.parent.glob("*.deb"):
            call(["dpkg-deb", "-x", str(archive), str(unpacked)])
        path.mkdir()
        version = next((unpacked / "lib/modules").iterdir()).name
        packed = (unpacked / f"boot/vmlinuz-{version}").read_bytes()
        (path / "vmlinux").write_bytes(unpack_kernel(packed))
        call(["sh", "-c", 'gzip -dc "$0" >"$1"', str(next((unpacked / "boot").glob("xen-*.gz"))),
              str(path / "xen")])  # fmt: skip
        self._copy_modules(unpacked, version, path)

    def _copy_modules(self, unpacked, version, path):
        call(["depmod", "-b", str(unpacked), version])
        shown = call(["modprobe", "-d", str(unpacked), "-S", version, "-a", "--show-depends", *MODULES])
        for module in set(re.findall(r"^insmod (\S+)", shown, re.M)):
            target = path / "lib" / pathlib.Path(module).relative_to(unpacked / "lib")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, target)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(unpacked / "lib/modules" / version / name, path / "lib/modules" / version)
        call(["depmod", "-b", str(path), version])

    def _make_ramdisk(self, path, scripts):
        """busybox, the kernel's modules, and the scripts of the domains."""
        tree = path.parent / "tree"
        for folder in ("bin", "lab", "proc", "sys", "dev", "image", "layer", "new"):
            (tree / folder).mkdir(parents=True)
        shutil.copytree(self.boot / "lib", tree / "lib")
        shutil.copy("/bin/busybox", tree / "bin/busybox")
        for name in call(["/bin/busybox", "--list"]).split():
            if name != "busybox":
                os.symlink("busybox", tree / "bin" / name)
        for script in scripts:
            shutil.copy(script, tree / "lab")
        shutil.move(tree / "lab/init", tree / "init")
        call(["sh", "-c", 'find . | cpio --quiet -o -H newc -R 0:0 >"$0"', str(path)], cwd=tree)


def unpack_kernel(image):
    """The kernel itself out of a bzImage: an emulated processor takes long to unpack it."""
    start = image.find(b"\xfd7zXZ\0")
    if start < 0:
        raise LabError("The kernel's image holds no xz stream.")
    return lzma.LZMADecompressor().decompress(image[start:])


def kernel_package():
    """The package that the newest kernel is in: linux-image-amd64 only depends on it."""
    found = re.search(r"Depends: (linux-image-\S+)", call(["apt-cache", "depends", "linux-image-amd64"]))
    if not found:
        raise LabError("apt knows no linux-image-amd64. Run apt-get update, on Debian 12.")
    return found[1]
