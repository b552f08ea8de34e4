#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/readers: asks drgn for the kernel's name, its tasks and their stacks in a dump.
# Promise: prints only what the dump holds, so that the answers for two dumps of one memory can be compared.
#
#   tasks.py VMLINUX DUMP
import sys

import drgn
from drgn.helpers.linux.pid import for_each_task

prog = drgn.Program()
prog.set_core_dump(sys.argv[2])
try:
    prog.load_debug_info([sys.argv[1]])
except drgn.MissingDebugInfoError:
    # Modules have none here.
    pass

name = prog["init_uts_ns"].name
print("release", name.release.string_().decode())
print("version", name.version.string_().decode())
print("pages", prog["_totalram_pages"].counter.value_())
for task in sorted(for_each_task(prog), key=lambda t: t.pid.value_()):
    print("task", task.pid.value_(), task.comm.string_().decode(), hex(task.value_()), task.mm.value_() != 0)
try:
    for frame in prog.crashed_thread().stack_trace():
        print("frame", frame.name)
except Exception as why:  # an unwind table that this drgn does not know: the same for every dump
    print("no stack:", why)
