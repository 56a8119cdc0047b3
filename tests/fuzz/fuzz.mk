# SPDX-License-Identifier: GPL-3.0-or-later
# The fuzz targets: clang's libFuzzer, the address and undefined behaviour sanitizers.
#   make fuzz SECONDS=60             each target so long, from its kept corpus; finds stay in $(FUZZ_FOUND)
#   make fuzz RUNS=10000000          each so many runs, counted over several starts; TARGETS='a b' only these
#   make fuzz-kept                   each kept input once through its target, as `make test` does
FUZZ_SRC   := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))
FUZZ_FOUND := $(BUILD)/fuzz/found
TARGETS    ?= $(FUZZ_NAMES)

$(B)/fuzz-%: $(B)/obj/tests/fuzz/fuzz_%.o $(LIB)
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -Wl,-Map=$@.map -o $@ $< \
		$(LIB) $(LIBS)
-include $(patsubst %.c,$(B)/obj/%.d,$(FUZZ_SRC))

.SECONDARY: $(patsubst %.c,$(B)/obj/%.o,$(FUZZ_SRC))
.PHONY: fuzz fuzz-kept fuzz-bins
fuzz-bins: $(patsubst %,$(B)/fuzz-%,$(FUZZ_NAMES))
fuzz: deps-test ## each reader under a flood of made-up input: SECONDS=n or RUNS=n
	+@$(MAKE) --no-print-directory $(JOBS) PROFILE=fuzz fuzz-bins
	@SECONDS_EACH='$(or $(SECONDS),$(if $(RUNS),,20))' RUNS='$(RUNS)' \
		tests/fuzz/run.sh '$(BUILD)/fuzz' '$(FUZZ_FOUND)' $(TARGETS)
fuzz-kept: deps-test
	+@$(MAKE) --no-print-directory $(JOBS) PROFILE=fuzz fuzz-bins
	@KEPT=1 tests/fuzz/run.sh '$(BUILD)/fuzz' '$(FUZZ_FOUND)' $(FUZZ_NAMES)
