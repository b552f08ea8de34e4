#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/readers: asks drgn for the first word of pages of a dump, by physical address; needs no kernel.
# Promise: a line "ADDRESS WORD" each, or "ADDRESS error" where drgn says that it cannot be read.
#
#   words.py DUMP ADDRESS...
import sys

import drgn

prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
# libkdumpfile walks page tables within the first read, of whatever it is; where one of them is lost, that read fails and
# the next ones go well.
try:
    prog.read(int(sys.argv[2], 16), 8, physical=True)
except drgn.FaultError:
    pass
for address in sys.argv[2:]:
    try:
        print(address, "%016x" % int.from_bytes(prog.read(int(address, 16), 8, physical=True), "little"))
    except drgn.FaultError:
        print(address, "error")
