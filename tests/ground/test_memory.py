"""Threads of a worker use the same memory one after the other."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

POOLS = """
import ctypes, sys, tempfile, threading
if sys.argv[1:]:
    from server.serve import _share_memory
    _share_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(8)
def work():
    together.wait()
    for _ in range(100):
        libc.malloc(2000)  # ctypes lets go of Python's lock meanwhile
    together.wait()
many = [threading.Thread(target=work) for _ in range(8)]
for one in many: one.start()
for one in many: one.join()
with tempfile.NamedTemporaryFile("r") as told:
    libc.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(told.read().count("<heap nr="))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has such pools")
def test_threads_share_two_pools_of_memory() -> None:
    def pools(*how: str) -> int:
        return int(subprocess.run([sys.executable, "-c", POOLS, *how], check=True, capture_output=True, text=True).stdout)

    assert pools() > 2
    assert pools("shared") <= 2
