# SPDX-License-Identifier: GPL-2.0-or-later
#
# Compiles SRCS and puts the objects into the archive LIB. An object is named after its whole path, since two
# members of one archive must not share a name.

OBJS := $(foreach s,$(SRCS),obj/$(subst /,-,$(s:.c=.o)))

$(LIB): $(OBJS)
	rm -f $@
	$(AR) rcs $@ $(OBJS)

define rule
obj/$(subst /,-,$(1:.c=.o)): $(1)
	@mkdir -p obj
	$$(CC) $$(FLAGS) -c -o $$@ $$<
endef
$(foreach s,$(SRCS),$(eval $(call rule,$(s))))
