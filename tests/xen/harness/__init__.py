"""A machine of its own for the tests that need Xen: QEMU, Xen, dom0, one gvm and two dvms."""
