# SPDX-License-Identifier: GPL-2.0-or-later
# crashbox: every rule. `make demo` shows a capture, `make test` proves it; `make help` lists the rest.
VERSION  := 0.1.0
O        ?= build
WITH_NET ?= 1
SOURCES  ?=
# Without networking some applets have nothing to do.
no_net    = $(if $(filter 0,$(WITH_NET)),applets/net.c applets/reach.c applets/send.c)
# A subset of applets by name: make APPLETS="init check cpio"
APPLETS  ?= $(patsubst applets/%.c,%,$(filter-out applets/main.c $(no_net),$(wildcard applets/*.c)))
applets  := $(sort $(subst -,_,$(APPLETS)))

CC       := musl-gcc
AR       := gcc-ar
STRIP    := strip
WARN     := -Wall -Wextra -Wshadow -Wvla -Wmissing-prototypes -Wstrict-prototypes -Werror
LANG_C   := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -Iapplets -I$(O)/gen
libs     := $(O)/libs
CFLAGS   ?= -Oz -g
OURS     := $(LANG_C) $(WARN) -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
            -fno-unwind-tables -fstack-protector-strong -isystem $(libs)/prefix/include -idirafter $(libs)/kheaders
LDFLAGS  := -static -no-pie -Wl,--gc-sections -Wl,-z,stack-size=262144 -Wl,-z,noexecstack -L$(libs)/prefix/lib

# Networking sources, and the libraries only they need, stay out of a local-only build.
net_src  := $(wildcard src/net/*.c src/sink/net_*.c)
src      := $(filter-out $(if $(filter 0,$(WITH_NET)),$(net_src)),$(sort $(wildcard src/*/*.c)))
local_ld := -lblkid -llzma -lzstd -ldeflate -lz -llzo2
net_ld   := $(if $(filter 0,$(WITH_NET)),,-lssh2 -lnfs -lcurl -lssl -lcrypto)
set      := $(if $(filter 0,$(WITH_NET)),local,all)
obj       = $(patsubst %.c,$(O)/obj/%.o,$(src))
# An applet that is more than a file has the rest in a directory of its name.
app_src   = applets/main.c $(foreach a,$(applets),applets/$(a).c $(wildcard applets/$(a)/*.c))
app_obj   = $(patsubst %.c,$(O)/obj/%.o,$(app_src))

.PHONY: all help setup install deb demo test test-full test-crash unit tsan bats vm lint fuzz fuzz-fixed size bench bench-codec bench-collector bench-network pins libs clean FORCE
.DELETE_ON_ERROR:
MAKEFLAGS += -r
.SECONDARY:

all: $(O)/crashbox

help:
	@sed -n 's/^## //p' Makefile tests/programs.mk

## make             build $(O)/crashbox, static, with every library   (O=dir, APPLETS="init …", WITH_NET=0, SOURCES=dir)
$(O)/crashbox: $(O)/crashbox.debug
	@$(STRIP) -o $@.tmp $< && mv $@.tmp $@ && echo "  built    $@ ($$(wc -c <$@) bytes)"

$(O)/crashbox.debug: $(app_obj) $(O)/obj/table.o $(O)/libcrashbox.a
	@echo "  link     $@"
	@$(CC) $(LDFLAGS) -Wl,-Map=$(O)/crashbox.map -o $@ $(app_obj) $(O)/obj/table.o $(O)/libcrashbox.a $(local_ld) $(net_ld) -lpthread

$(O)/libcrashbox.a: $(obj)
	@rm -f $@ && $(AR) rcs $@ $(obj)

$(O)/obj/%.o: %.c $(libs)/ready-$(set) $(O)/gen/version.h
	@mkdir -p $(@D) && echo "  cc       $<"
	@$(CC) $(OURS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What touches every page is compiled for speed.
$(O)/obj/src/base/zero.o $(O)/obj/src/codec/%.o $(O)/obj/src/filter/%.o: CFLAGS += -O2
$(O)/obj/src/vmcore/kdump_index.o $(O)/obj/src/vmcore/kdump_judge.o: CFLAGS += -O2

$(O)/obj/table.o: $(O)/gen/table.c
	@mkdir -p $(@D) && $(CC) $(OURS) $(CFLAGS) -c -o $@ $<

$(O)/gen/table.c: FORCE
	@mkdir -p $(@D) && { sh config/applet-table.sh $(applets) && sh config/capture-list.sh; } >$@.tmp && { cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@; }

# CRASHBOX_NET is 0 where the network sources are left out.
$(O)/gen/version.h: FORCE
	@mkdir -p $(@D) && printf '#define CRASHBOX_VERSION "%s"\n#define CRASHBOX_NET %s\n' '$(VERSION)' \
		$(if $(filter 0,$(WITH_NET)),0,1) >$@.tmp && { cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@; }

# What is missing is said before anything is compiled, however many jobs there are.
$(app_obj) $(obj) $(O)/obj/table.o $(libs)/ready-$(set): | $(O)/gen/needed
$(O)/gen/needed: config/libs/packages config/need.sh
	@sh config/need.sh build && mkdir -p $(@D) && touch $@

## make libs        build the pinned libraries only
libs: $(libs)/ready-$(set)
$(libs)/ready-$(set): config/libs/pins $(wildcard config/libs/*.sh config/libs/recipes/* config/libs/patches/*)
	@SOURCES="$(SOURCES)" sh config/libs/build.sh --out $(libs) --only "$$(sh config/libs/build.sh --list $(set))" -j $(shell nproc)
	@touch $@

## make pins        pin the library versions that the signed archive index names today
pins:
	@sh config/libs/update-pins.sh --update

## make setup       install what building, testing and the demo need (Debian); elsewhere: say what to install
setup:
	@sh config/need.sh --install all

## make install     [DESTDIR=root] [PREFIX=/usr/local] programs, units, hooks, pages; make deb: a Debian package of it
PREFIX   ?= /usr/local
install: all
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" sh config/install.sh $(O)/crashbox
deb: all
	@sh config/deb.sh $(O)/crashbox $(VERSION) $(O)/deb

## make demo        crash a real kernel in QEMU, capture it, show what was saved
demo:
	@sh config/need.sh --install demo
	@$(MAKE) --no-print-directory all
	@O=$(abspath $(O)) sh tests/vm/demo.sh

## make test        lint, unit tests (ASan, UBSan), BATS, fuzzing of fixed inputs, crashes in QEMU: 85 minutes at most
test:
	@sh config/need.sh --install all
	@O=$(abspath $(O)) sh tests/run.sh
## make test-full   the same with every VM scenario on every kernel
test-full:
	@sh config/need.sh --install all
	@O=$(abspath $(O)) sh tests/run.sh --full
## make test-crash  open a captured dump in crash(8) with the matching debug kernel (860 MB download)
test-crash: all
	@sh config/need.sh --install all
	@O=$(abspath $(O)) sh tests/vm/test-crash.sh

## make vm          every crash scenario of `make test`
vm: all
	@O=$(abspath $(O)) tests/vm/suite

# unit, tsan, bats, fuzz
include tests/programs.mk

## make lint        layering, sizes, shellcheck, cppcheck, clang-tidy, formatting
lint:
	@O=$(abspath $(O)) sh tests/lint/all.sh

## make size        what the binary, each library and the image weigh
size: all
	@O=$(abspath $(O)) sh tests/bench/size.sh
## make bench       measured in QEMU beside a hand-made image: memory, time to first byte, copy speed
bench: all
	@O=$(abspath $(O)) sh tests/bench/bench.sh
	@O=$(abspath $(O)) sh tests/bench/service.sh
	@$(MAKE) --no-print-directory $(O)/mk/mkvmcore && O=$(abspath $(O)) sh tests/bench/limits.sh
	@$(MAKE) --no-print-directory bench-collector bench-network

## make bench-collector [FILE=vmcore]   beside makedumpfile in one run, on slow targets, with terabytes
bench-collector: all
	@O=$(abspath $(O)) sh tests/bench/collector.sh $(FILE)
	@O=$(abspath $(O)) sh tests/bench/throttled.sh $(FILE)
	@O=$(abspath $(O)) sh tests/bench/terabyte.sh
	@O=$(abspath $(O)) sh tests/bench/capture.sh

## make bench-network [PARTS="ssh nfs"]   uploads beside OpenSSH and plain NFS writers, captures to servers   (SIZE=2G, RUNS=3)
bench-network: all
	@O=$(abspath $(O)) sh tests/bench/network.sh $(PARTS)

## make bench-codec FILE=vmcore   the codecs beside zlib, LZO and zstd as the host has them (MB/s, ratio, memory)
codec_c  := $(wildcard src/codec/*.c) src/base/zero.c
bench-codec: $(O)/bench/codec
	@$< $(FILE)
$(O)/bench/codec: tests/bench/codec.c $(codec_c) $(wildcard src/codec/*.h)
	@mkdir -p $(@D) && gcc $(LANG_C) $(WARN) -O2 -g -no-pie -isystem $(libs)/prefix/include -o $@ $< $(codec_c) \
		$(patsubst %,$(libs)/prefix/lib/lib%.a,zstd deflate lzo2) -lz

## make clean       remove $(O)
clean:
	rm -rf $(O)

-include $(shell find $(O)/obj $(O)/san $(O)/fuz $(O)/tsan -name '*.d' 2>/dev/null)
