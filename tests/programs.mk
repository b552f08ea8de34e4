# SPDX-License-Identifier: GPL-2.0-or-later
# Part of the Makefile: the programs that test, with sanitizers or fuzzers.

# The same code with the host's compiler and sanitizers, for unit tests and fuzzing.
SAN      := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
san_obj   = $(patsubst %.c,$(O)/san/%.o,$(src))
fuz_obj   = $(patsubst %.c,$(O)/fuz/%.o,$(src))
host_ld  := -lblkid -llzma -lzstd -ldeflate -lz -llzo2 $(if $(filter $(net_src),$(src)),-lssh2 -lnfs -lcrypto)
units    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
fuzzers  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
tools    := $(patsubst tests/mk/%.c,%,$(wildcard tests/mk/*.c))

## make unit        unit tests under ASan and UBSan
unit: $(patsubst %,$(O)/unit/%,$(units)) $(patsubst %,$(O)/mk/%,$(tools))
	@O=$(abspath $(O)) sh tests/unit/run.sh $(patsubst %,$(O)/unit/%,$(units))
$(O)/unit/%: tests/unit/%.c $(san_obj) $(wildcard tests/unit/*.h)
	@mkdir -p $(@D) && echo "  unit     $*"
	@gcc $(LANG_C) $(WARN) $(SAN) -g -Itests/unit -o $@ $< $(san_obj) $(host_ld) -lpthread
$(O)/san/%.o: %.c $(O)/gen/version.h
	@mkdir -p $(@D) && gcc $(LANG_C) $(WARN) $(SAN) -g -O1 -MMD -MP -c -o $@ $<
$(O)/mk/%: tests/mk/%.c $(wildcard tests/mk/*.h)
	@mkdir -p $(@D) && gcc $(LANG_C) $(WARN) -g -O1 -o $@ $<

## make tsan        the program under ThreadSanitizer: $(O)/tsan/crashbox
tsan: $(O)/tsan/crashbox
$(O)/tsan/crashbox: $(patsubst %.c,$(O)/tsan/%.o,$(src)) $(patsubst %.c,$(O)/tsan/%.o,$(app_src)) \
		$(O)/gen/table.c
	@gcc $(LANG_C) -fsanitize=thread -g -o $@ $^ $(host_ld) -lpthread
$(O)/tsan/%.o: %.c $(O)/gen/version.h
	@mkdir -p $(@D) && gcc $(LANG_C) $(WARN) -fsanitize=thread -g -O1 -MMD -MP -c -o $@ $<

# The program whose N-th allocation fails, under ASan: 78-every-failure.bats.
$(O)/every/crashbox: tests/every/failing.c $(san_obj) $(patsubst %.c,$(O)/san/%.o,$(app_src)) \
		$(O)/gen/table.c
	@mkdir -p $(@D) && gcc $(LANG_C) $(SAN) -g -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup \
		-o $@ $^ $(host_ld) -lpthread

## make bats        the BATS tests
bats: all tsan $(O)/every/crashbox $(patsubst %,$(O)/mk/%,$(tools))
	@O=$(abspath $(O)) CRASHBOX=$(abspath $(O))/crashbox bats $(wildcard tests/bats/*.bats)

## make fuzz        long fuzzing of every parser of foreign bytes (SECONDS_EACH=600)
SECONDS_EACH ?= 600
## make fuzz-fixed  RUNS_EACH=1000 inputs for each, the same each time
RUNS_EACH    ?= 1000
fuzz-fixed: $(patsubst %,$(O)/fuzz/%,$(fuzzers))
	@O=$(abspath $(O)) sh tests/fuzz/run.sh --runs $(RUNS_EACH) $(patsubst %,$(O)/fuzz/%,$(fuzzers))
fuzz: $(patsubst %,$(O)/fuzz/%,$(fuzzers))
	@O=$(abspath $(O)) sh tests/fuzz/run.sh $(SECONDS_EACH) $(patsubst %,$(O)/fuzz/%,$(fuzzers))
$(O)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h tests/mk/*.h) $(fuz_obj)
	@mkdir -p $(@D) && clang $(LANG_C) $(SAN) -fsanitize=fuzzer -g -o $@ $< $(fuz_obj) -L$(O)/fuzz/libs/lib \
		$$(sed -n 's/^ \* wrap: //p' $< | tr ' ' '\n' | sed 's/^/-Wl,--wrap=/') $(host_ld) -lpthread
$(O)/fuzz/libs/ready: tests/fuzz/libs.sh config/libs/pins $(wildcard config/libs/patches/lib*.patch) | \
		$(libs)/ready-$(set)
	@sh tests/fuzz/libs.sh --out $(@D) --cache $(libs)/dl --state $(O)/apt && touch $@
$(O)/fuz/%.o: %.c $(O)/gen/version.h $(O)/fuzz/libs/ready
	@mkdir -p $(@D) && clang $(LANG_C) -I$(O)/fuzz/libs/include $(SAN) -fsanitize=fuzzer-no-link -g -O1 \
		-MMD -MP -c -o $@ $<
