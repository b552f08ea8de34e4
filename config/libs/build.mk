# SPDX-License-Identifier: GPL-2.0-or-later
#
# The order among libraries, taken from the `# needs:` lines of the recipes. Called by build.sh.

NEEDS = $(shell sed -n 's/^\# needs: //p' $(HERE)/recipes/$(1).sh)
KNOWN := $(basename $(notdir $(wildcard $(HERE)/recipes/*.sh)))

# The longest first: others fill the second processor while a configure script runs.
all: $(filter openssl util-linux,$(WANTED)) $(WANTED)
.PHONY: all $(KNOWN)

$(foreach l,$(KNOWN),$(eval $(l): $(call NEEDS,$(l))))

$(KNOWN):
	+@sh $(HERE)/library.sh $@
