#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages sound dumps: damage.py SEED COUNT FILE... makes COUNT damaged ones FILE.0, FILE.1, … of each FILE.

A line for each: file, pages of 4 KiB that are lost at least, what was done. Kinds of damage take turns. Not made is
what no reader can see: a changed byte of an ELF segment or of a page that is stored as it is, of an LZO or zstd stream
that still unpacks (none has a checksum here), of a name, a note or an address that still makes sense (then it is just
another dump).
"""
import random
import struct
import sys

PAGE = 4096


def u32(p, at):
    return struct.unpack_from("<I", p, at)[0]


def u64(p, at):
    return struct.unpack_from("<Q", p, at)[0]


class Flat:
    """A flattened stream: bytes of the file by where they lie in the stream."""

    def __init__(self, p):
        self.record, at = [], PAGE
        while True:
            off, n = struct.unpack_from(">qq", p, at)
            if off < 0:
                break
            self.record.append((at, off, n))
            at += 16 + n
        self.end = at
        self.size = max(off + n for _, off, n in self.record)

    def plain(self, p, cut):
        """The file that the first CUT bytes of the stream make."""
        out = bytearray(self.size)
        for at, off, n in self.record:
            n = max(0, min(n, cut - at - 16))
            out[off:off + n] = p[at + 16:at + 16 + n]
        return bytes(out)

    def where(self, off):
        """Where byte OFF lies in the stream: in the record that comes last. None: in no record, it is 0."""
        return next((at + 16 + off - o for at, o, n in reversed(self.record) if o <= off < o + n), None)


class Kdump:
    def __init__(self, p):
        self.p = p = bytes(p)
        block = u32(p, 428)
        self.bitmap1 = (1 + u32(p, 432)) * block
        half = u32(p, 436) * block // 2
        self.bitmap2 = self.bitmap1 + half
        self.table = self.bitmap2 + half
        self.split = u32(p, block + 12)
        first, last = (u64(p, block + 80), u64(p, block + 88)) if self.split else (0, half * 8)
        bits = int.from_bytes(p[self.bitmap2:self.table], "little") >> first & (1 << (last - first)) - 1
        self.desc = [self.table + 24 * i for i in range(bin(bits).count("1"))]

    def data(self, d):
        return u64(self.p, d), u32(self.p, d + 8), u32(self.p, d + 12)

    def lost(self, other):
        """Pages of which OTHER, a part of this file, has another descriptor or other data."""
        def gone(d):
            at, n, _ = self.data(d)
            return other[d:d + 24] != self.p[d:d + 24] or other[at:at + n] != self.p[at:at + n]
        return sum(gone(d) for d in self.desc)

    def packed(self, rnd, flags):
        return rnd.choice([d for d in self.desc if self.data(d)[2] in flags])

    # Each gives [(offset, bytes)...], pages that are lost, words.

    def descriptor(self, rnd, turn):
        d, far = rnd.choice(self.desc), len(self.p) + rnd.randrange(1 << 30)
        kind = turn % 8
        at, what = [(8, struct.pack("<I", 0)), (8, struct.pack("<I", PAGE + 1)), (12, struct.pack("<I", 0x40)),
                    (12, struct.pack("<I", 3)), (0, bytes(8)), (0, struct.pack("<Q", far)),
                    (0, struct.pack("<Q", rnd.randrange(1, self.table))), (0, b"\xff" * 8)][kind]
        return [(d + at, what)], 1, f"descriptor at {d}, kind {kind}"

    def packed_data(self, rnd, _):
        if not [d for d in self.desc if self.data(d)[2] == 1]:
            return self.packed_hole(rnd, 0)
        at, n, _ = self.data(self.packed(rnd, [1]))
        where = rnd.randrange(n)
        return [(at + where, bytes([self.p[at + where] ^ 0xff]))], 1, f"a byte of packed data at {at + where}"

    def packed_hole(self, rnd, _):
        if not [d for d in self.desc if self.data(d)[2]]:
            return self.descriptor(rnd, 0)
        at, n, _ = self.data(self.packed(rnd, [1, 2, 32]))
        return [(at, bytes(n))], 1, f"{n} bytes of zeros for packed data at {at}"

    def header(self, _, turn):
        at, what = [(0, bytes(512)), (0, bytes(PAGE)), (3, b"x"), (428, bytes(4)), (436, bytes(4)), (432, bytes(4)),
                    (424, struct.pack("<I", u32(self.p, 424) | 8)), (PAGE, bytes(PAGE)), (8, b"\x77"),
                    (PAGE + 48, b"\xff" * 8), (PAGE + 32, struct.pack("<Q", len(self.p) + 5)),
                    (440, bytes(4) + self.p[444:456] + bytes(4))][turn % 11]
        return [(at, what)], 0, f"{len(what)} bytes of the headers at {at}"

    def bitmap(self, rnd, _):
        if self.split:
            return self.header(rnd, 0)
        at = rnd.choice([at for at in range(self.bitmap2, self.table) if self.p[at]])
        return [(at, b"\0")], bin(self.p[at]).count("1"), f"a byte of zeros in bitmap2 at {at}"

    kinds = [descriptor, packed_data, header, packed_hole, bitmap]


class Elf:
    def __init__(self, p):
        self.p, self.head = p, u64(p, 32)
        self.phdr = [self.head + 56 * i for i in range(struct.unpack_from("<H", p, 56)[0])]
        self.load = [h for h in self.phdr if u32(p, h) == 1 and u64(p, h + 32)]

    def pages(self, h):
        return u64(self.p, h + 32) // PAGE

    def lost(self, other):
        n = 0
        for h in self.load:
            at = u64(self.p, h + 8)
            n += sum(other[a:a + PAGE] != self.p[a:a + PAGE] for a in range(at, at + self.pages(h) * PAGE, PAGE))
        return n

    def header(self, _, turn):
        at, what = [(0, bytes(64)), (16, b"\1"), (54, b"\1"), (56, bytes(2)), (32, b"\xff" * 8), (48, b"\1")][turn % 6]
        return [(at, what)], 0, f"{len(what)} bytes of the header at {at}"

    def segment(self, rnd, turn):
        h = rnd.choice(self.load)
        at, what, all_of_it = [(8, struct.pack("<Q", len(self.p) + PAGE), True), (32, struct.pack("<Q", 1 << 24), False),
                               (0, struct.pack("<I", 0x70001234), False), (8, bytes(8), False)][turn % 4]
        return [(h + at, what)], self.pages(h) if all_of_it else 0, f"program header at {h}, byte {at}"

    kinds = [header, segment]


def kind_of(p):
    return Kdump(p) if p[:8] == b"KDUMP   " else Elf(p)


def damage(p, turn, rnd):
    """(bytes, pages lost, words)"""
    flat = Flat(p) if p[:12] == b"makedumpfile" else None
    plain = flat.plain(p, len(p)) if flat else p
    k = kind_of(plain)
    if turn % 2 == 0:
        # Anywhere, in the last bytes, in the first blocks.
        cut = [rnd.randrange(len(p)), len(p) - 1 - rnd.randrange(40), rnd.randrange(len(p) // 2, len(p)),
               rnd.randrange(8 * PAGE)][turn // 2 % 4]
        return p[:cut], k.lost(flat.plain(p, cut) if flat else p[:cut]), f"cut at {cut} of {len(p)}"
    if flat and turn // 2 % 3 == 0:
        at, _, n = rnd.choice(flat.record)
        where, what = [(at, b"\x7f" * 8), (at + 8, bytes(8)), (at + 8, b"\x00\xff" * 4), (flat.end, bytes(16))][turn // 6 % 4]
        return p[:where] + what + p[where + len(what):], 0, f"record head at {where}"
    patches, lost, words = k.kinds[turn // 2 % len(k.kinds)](k, rnd, rnd.randrange(1000))
    out = bytearray(p)
    for at, what in patches:
        for i, byte in enumerate(what):
            where = flat.where(at + i) if flat else at + i
            if where is not None:
                out[where] = byte
    return bytes(out), lost, words


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    for name in sys.argv[3:]:
        with open(name, "rb") as f:
            p = f.read()
        for i in range(count):
            rnd = random.Random(f"{seed} {i} {name}")
            out, lost, words = damage(p, i, rnd)
            with open(f"{name}.{i}", "wb") as f:
                f.write(out)
            print(f"{name}.{i}\t{lost}\t{words}")


main()
