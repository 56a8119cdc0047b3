# SPDX-License-Identifier: GPL-3.0-or-later
# Two commands do everything on a bare Debian 12: `make demo` and `make test`.
# `make help` lists the rest. Nothing is downloaded but Debian packages.
#
# PROFILE  release (default) debug asan clang cover fuzz   goes to $(BUILD)/$(PROFILE)/
# LINK     static: our libraries from their archives, glibc shared. Measured against an empty C
#          program, a process starts in 1.2 times its time; with `shared` in 3.3 times.
# BUILD PREFIX DESTDIR CC V=1    as usual

PROFILE ?= release
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
Q       := $(if $(filter 1,$(V)),,@)

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# What Debian calls it. demo needs the first list, test both; the others come with their targets.
DEPS_BUILD := gcc libc6-dev make libncurses-dev libreadline-dev libyaml-dev libssl-dev \
	libjansson-dev libutf8proc-dev libseccomp-dev bubblewrap git gettext
DEPS_TEST  := clang libclang-rt-14-dev g++ libcriterion-dev libvterm-dev mandoc strace tmux procps
DEPS_BENCH := sqlite3 jq

# --- profiles ---------------------------------------------------------------------------------
ifeq ($(filter $(PROFILE),release debug asan clang cover fuzz),)
$(error PROFILE is $(PROFILE), and has to be one of release debug asan clang cover fuzz)
endif
ifeq ($(origin CC),default)
CC := $(if $(filter clang fuzz,$(PROFILE)),clang,gcc)
endif
IS_CLANG := $(findstring clang,$(notdir $(CC)))
MACHINE  := $(shell uname -m)
B := $(BUILD)/$(PROFILE)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wcast-qual \
	-Wpointer-arith -Wnull-dereference -Wimplicit-fallthrough -Wdouble-promotion -Werror
WARN += $(if $(IS_CLANG),,-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init)

HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
HARDEN += $(if $(filter x86_64 i686,$(MACHINE)),-fcf-protection)

CFLAGS_release := -O2 -g -ffunction-sections -fdata-sections $(HARDEN)
CFLAGS_clang   := $(CFLAGS_release)
# without the optimiser's view of what a number can be, it only guesses
UNOPTIMISED    := $(if $(IS_CLANG),,-Wno-format-truncation)
CFLAGS_debug   := -O0 -g3 -fPIE $(UNOPTIMISED)
CFLAGS_asan    := -O1 -g -fPIE -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
CFLAGS_cover   := -O0 -g -fPIE --coverage $(UNOPTIMISED)
CPPFLAGS_cover := -DSG_T_COVER
CFLAGS_fuzz    := -O2 -g -fPIE -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer-no-link,address,undefined

LDFLAGS_all     := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LDFLAGS_asan    := -fsanitize=address,undefined
LDFLAGS_cover   := --coverage
LDFLAGS_fuzz    := -fsanitize=address,undefined

CPPFLAGS_all     := -D_GNU_SOURCE -Iinclude -Isrc
CPPFLAGS_release := -D_FORTIFY_SOURCE=3
CPPFLAGS_clang   := -D_FORTIFY_SOURCE=3

LINK ?= $(if $(filter asan fuzz,$(PROFILE)),shared,static)
LIBS := -lreadline -lncursesw -ltinfo -lyaml -ljansson -lcrypto -lutf8proc -lseccomp
ifeq ($(LINK),static)
LIBS := -Wl,-Bstatic $(LIBS) -Wl,-Bdynamic
else ifneq ($(LINK),shared)
$(error LINK is $(LINK), and has to be static or shared)
endif
# What a library of ours asks of glibc beside libc itself stands behind the archives.
LIBS += -ldl -lpthread

ALL_CPPFLAGS = $(CPPFLAGS_all) $(CPPFLAGS_$(PROFILE)) $(CPPFLAGS)
ALL_CFLAGS   = -std=c17 $(WARN) $(CFLAGS_$(PROFILE)) $(CFLAGS)
ALL_LDFLAGS  = $(LDFLAGS_all) $(LDFLAGS_$(PROFILE)) $(LDFLAGS)

# --- files ------------------------------------------------------------------------------------
find = $(sort $(shell [ ! -d $(1) ] || find $(1) -name '*.c'))
SRC      := $(call find,src)
MAIN_SRC := $(filter src/main.c,$(SRC))
HELPER_SRC := src/exec/helper.c src/exec/helper_room.c src/exec/sandbox_landlock.c
LIB_SRC  := $(filter-out src/main.c src/exec/helper%.c,$(SRC))
HARNESS  := $(wildcard tests/harness/*.c)
UNIT_SRC := $(call find,tests/unit) $(call find,tests/fault)
TERM_SRC := $(wildcard tests/terminal/*.c)
KILL_SRC := $(wildcard tests/kill/*.c)
FORGE_SRC := $(wildcard tests/forge/*.c)
BOMBS_SRC := $(wildcard tests/bombs/*.c)
HOSTILE_SRC := $(filter-out tests/hostile/deny.c,$(wildcard tests/hostile/*.c))
PROOF_SRC := $(wildcard tests/proof/*.c tests/crash/*.c tests/storm/*.c tests/flip/*.c) \
	$(addprefix tests/fault/,fault.c folders.c memory.c) $(wildcard tests/unit/store/run_case*.c)
BENCH    := $(wildcard tests/bench/*.c)
BENCH_COMMON := $(wildcard tests/bench/common/*.c)
BASELINE := $(wildcard tests/bench/baseline/*.c)
MAN      := $(wildcard man/*.[1-8])
PO       := $(wildcard share/po/*.po)

comma := ,
objs = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB      := $(B)/libstepgate.a
PROGRAM  := $(if $(MAIN_SRC),$(B)/stepgate)
UNIT     := $(if $(UNIT_SRC),$(B)/unit)
TERMINAL := $(if $(TERM_SRC),$(B)/terminal)
BENCHES  := $(patsubst tests/bench/%.c,$(B)/bench/%,$(BENCH))
BASELINES := $(patsubst tests/bench/baseline/%.c,$(B)/bench/baseline-%,$(BASELINE))
PLAY     := $(B)/play
KILL     := $(B)/kill
HOSTILE  := $(B)/hostile
DENY     := $(B)/deny
FORGE    := $(B)/forge
BOMBS    := $(B)/bombs
PROOF    := $(B)/proof
PICTURE  := $(B)/picture
CATALOGUES := $(patsubst share/po/%.po,$(B)/locale/%/LC_MESSAGES/stepgate.mo,$(PO))
PURE     := $(filter src/base/% src/core/% src/ui/view%,$(LIB_SRC))

.PHONY: all help lib check-bins play
all: $(LIB) $(PROGRAM) $(CATALOGUES) ## the program and the library, in build/release/

help: ## this list
	@echo 'stepgate: make TARGET [PROFILE=release|debug|asan|clang|cover] [V=1]'
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1 - \2/p' $(firstword $(MAKEFILE_LIST)) | sort -u | \
		awk '{ name = $$1; sub(/^[^ ]* - /, ""); printf "  %-12s %s\n", name, $$0 }'

lib: $(LIB)
check-bins: $(LIB) $(PROGRAM) $(CATALOGUES) $(UNIT) $(TERMINAL) $(PLAY) $(KILL) $(HOSTILE) $(DENY) \
	$(FORGE) $(PROOF) $(BOMBS)
play: $(PLAY)

# --- rules ------------------------------------------------------------------------------------
# A stamp changes only when what it says changes; what depends on it is then built again.
stamp = $(Q)mkdir -p $(@D); echo '$(strip $(1))' | cmp -s - $@ || echo '$(strip $(1))' >$@
.PHONY: always
$(B)/flags: always
	$(call stamp,$(shell $(CC) --version 2>/dev/null | head -n 1) $(CC) $(ALL_CPPFLAGS) \
		$(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS))
$(B)/members: always
	$(call stamp,$(LIB_SRC) $(HARNESS) $(UNIT_SRC) $(TERM_SRC))

# private: or whoever asks first would decide whether the stamp of the flags holds -Itests
$(B)/obj/tests/%.o: private ALL_CPPFLAGS += -Itests
# What a process that a test forked had taken is only known where it says so at its end.
COVER_EXIT := $(if $(filter cover,$(PROFILE)),-D_exit=sg_t_exit)
$(B)/obj/tests/fault/%.o $(B)/obj/tests/unit/store/%.o: private ALL_CPPFLAGS += $(COVER_EXIT)
$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The helper of the sandbox goes into the library whole. It is static, for it starts once for each
# command: without a loader it does so in half the time. The sanitizers know no static program.
ifeq ($(PROFILE),asan)
HELPER_CFLAGS := $(CFLAGS_asan)
HELPER_LDFLAGS = $(ALL_LDFLAGS)
else
HELPER_CFLAGS := $(CFLAGS_release) -D_FORTIFY_SOURCE=3
HELPER_LDFLAGS := -static-pie -Wl,-z,relro,-z,now -Wl,--gc-sections $(LDFLAGS)
endif
HELPER := $(B)/helper/stepgate-helper
$(B)/helper/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $< (helper)")
	$(Q)$(CC) $(CPPFLAGS_all) $(CPPFLAGS) -std=c17 $(WARN) $(HELPER_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(HELPER): $(patsubst %.c,$(B)/helper/%.o,$(HELPER_SRC))
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(HELPER_LDFLAGS) -o $@ $^
$(B)/obj/src/exec/sandbox_image.o: private ALL_CPPFLAGS += -DSG_HELPER_FILE='"$(HELPER)"'
$(B)/obj/src/exec/sandbox_image.o: $(HELPER)

$(LIB): $(call objs,$(LIB_SRC)) $(B)/members
	$(if $(Q),@echo "  AR    $@")
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

# Unused sections are dropped from the program only: nothing refers to the section where Criterion
# finds its tests, so they would all be dropped, and a run of no tests passes.
# What our objects ask memory for goes through tests/fault/memory.c.
UNIT_WRAPS := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc strdup)
link = $(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB)
$(B)/stepgate: $(call objs,$(MAIN_SRC)) $(LIB)
	$(link) -Wl,--gc-sections $(LIBS)
$(B)/unit: $(call objs,$(UNIT_SRC) $(HARNESS)) $(LIB) $(B)/members
	$(link) $(UNIT_WRAPS) $(LIBS) -lcriterion -lvterm -lutil
$(B)/terminal: $(call objs,$(TERM_SRC) $(HARNESS)) $(LIB) $(B)/members
	$(link) $(LIBS) -lcriterion -lvterm -lutil
# An operator at a pseudo-terminal, for the demo and for shell tests.
$(PLAY): $(call objs,tests/play/play.c)
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $^ -lutil
$(KILL): $(call objs,$(KILL_SRC)) $(LIB)
	$(link) $(LIBS) -lutil
$(BOMBS): $(call objs,$(BOMBS_SRC)) $(LIB)
	$(link) $(LIBS)
# A command that attacks, its judge, and the launcher that takes a wall away. Nothing of ours in them.
$(HOSTILE): $(call objs,$(HOSTILE_SRC))
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $^ -lutil -lrt
$(DENY): $(call objs,tests/hostile/deny.c)
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $^
$(FORGE): $(call objs,$(FORGE_SRC))
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $^ -lutil
# What is proven is the program itself, its main under another name. The helpers of the unit tests
# find assertions of ours in place of Criterion's, and the linker leads to tests/proof what
# acknowledges and, under the sanitizers, what allocates.
shim_objs = $(patsubst %.c,$(B)/shim/%.o,$(1))
# an assertion of ours may come without a sentence, as Criterion's
SHIM_WARN := $(if $(IS_CLANG),-Wno-gnu-zero-variadic-macro-arguments)
WRAPPED := commit create adopt restore settle
WRAPS := $(WRAPPED:%=-Wl,--wrap=sg_session_%) \
	$(if $(filter asan,$(PROFILE)),$(addprefix -Wl$(comma)--wrap=,malloc calloc realloc strdup))
$(B)/shim/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $< (proof)")
	$(Q)$(CC) -Itests/proof/shim $(ALL_CPPFLAGS) -Itests $(COVER_EXIT) $(ALL_CFLAGS) \
		$(SHIM_WARN) -MMD -MP -c -o $@ $<
$(B)/shim/tests/fault/memory.o: private ALL_CPPFLAGS += -DMEMORY_OF_ALL
$(B)/shim/program.o: $(call objs,$(MAIN_SRC))
	@mkdir -p $(@D)
	$(Q)objcopy --redefine-sym main=stepgate_main $< $@
PROOF_OBJS := $(call shim_objs,$(PROOF_SRC)) $(B)/shim/program.o $(call objs,tests/harness/harness.c)
$(PROOF): $(PROOF_OBJS) $(LIB)
	$(link) $(WRAPS) $(LIBS) -lutil
# The screen as a picture, made from the program's own cells.
$(PICTURE): $(call objs,tests/picture/picture.c $(HARNESS))
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $^ -lvterm -lutil
# Keys are timed to their cell in a terminal of our own.
$(BENCHES): $(B)/bench/%: $(B)/obj/tests/bench/%.o $(call objs,$(BENCH_COMMON)) $(LIB)
	@mkdir -p $(@D)
	$(link) $(LIBS) -lvterm -lutil
# What the program is compared to: the same flags and libraries, nothing of ours but the protocol.
$(BASELINES): $(B)/bench/baseline-%: $(B)/obj/tests/bench/baseline/%.o \
		$(call objs,tests/bench/common/protocol.c)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@";) $(CC) $(ALL_LDFLAGS) -o $@ $^ -Wl,--gc-sections $(LIBS)

# Memory out of an arena can fail too, in the tests of core: see tests/unit/core/short_memory.h.
UNIT_WRAPS += $(addprefix -Wl$(comma)--wrap=,reallocarray sg_arena_alloc sg_arena_array \
	sg_arena_str sg_arena_strn sg_arena_strs sg_arena_printf sg_strs_builder_add \
	sg_strs_builder_add_once)

# --- languages --------------------------------------------------------------------------------
# What a text is given to says that it is one: base/say.h. The program finds the catalogues beside
# itself. Line numbers would change ru.po with every edit of a source.
$(B)/locale/%/LC_MESSAGES/stepgate.mo: share/po/%.po
	@mkdir -p $(@D)
	$(if $(Q),@echo "  MSG   $@")
	$(Q)msgfmt --check -o $@ $<

XGETTEXT := xgettext --language=C --from-code=UTF-8 --no-wrap --add-location=file \
	--package-name=stepgate --keyword --keyword=SG_SAY --keyword=sg_say:2 \
	--keyword=sg_say_n:2,3 --keyword=sg_err_say:2 --keyword=sg_rows_say:3 \
	--keyword=sg_pane_say:2 --keyword=sg_plain_say:3 --keyword=sg_as_say:3 \
	--flag=SG_SAY:1:pass-c-format --flag=sg_rows_say:3:c-format --flag=sg_as_say:3:c-format \
	--flag=sg_plain_say:3:c-format --flag=sg_pane_say:2:c-format
# Refusals of what the operator does; those of other files may be stored, and stay English.
SAYS_ERRORS := $(filter src/app%.c src/cmd/%.c src/core/lifecycle.c src/store/session%.c,$(LIB_SRC))
.PHONY: po pot
pot: $(B)/stepgate.pot
$(B)/stepgate.pot: $(SRC) $(wildcard src/*/*.h)
	@mkdir -p $(@D)
	$(Q)$(XGETTEXT) -o $(B)/shown.pot $(SRC) $(wildcard src/*/*.h)
	$(Q)$(XGETTEXT) --keyword=sg_err_set:3 --keyword=sg_err_wrap:2 --keyword=sg_err_errno:4 \
		-o $(B)/errors.pot $(SAYS_ERRORS)
	$(Q)msgcat --no-wrap --add-location=file --use-first $(B)/shown.pot $(B)/errors.pot | \
		msggrep --no-wrap -v --msgid -E -e '^%s$$' | sed '/^"POT-Creation-Date:/d' >$@
po: $(B)/stepgate.pot ## gathers the texts into share/po/*.po, where they are to be translated
	$(Q)for po in $(PO); do msgmerge --quiet --no-wrap --no-fuzzy-matching --update \
		--backup=none $$po $< && msgattrib --no-obsolete --no-wrap -o $$po $$po && \
		echo "$$po: $$(msgfmt --statistics -o /dev/null $$po 2>&1)" || exit 1; done

-include $(patsubst %.c,$(B)/helper/%.d,$(HELPER_SRC)) $(patsubst %.o,%.d,$(call objs,$(SRC) \
	$(HARNESS) $(UNIT_SRC) $(TERM_SRC) $(KILL_SRC) $(HOSTILE_SRC) $(FORGE_SRC) $(BOMBS_SRC) \
	tests/hostile/deny.c \
	$(BENCH) $(BENCH_COMMON) $(BASELINE)) $(call shim_objs,$(PROOF_SRC)))

# --- set-up, demo, test -----------------------------------------------------------------------
# Each starts make anew once the packages are there: before, there may be no compiler to ask.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
deps := tests/checks/deps.sh
suite = MAKE='$(MAKE) --no-print-directory $(JOBS)' BUILD='$(BUILD)' V='$(V)' tests/checks/suite.sh

.PHONY: deps deps-test demo test kill bombs attack asan valgrind
deps: ## installs what building and the demo need, where it is missing
	@$(deps) $(DEPS_BUILD)
deps-test:
	@$(deps) $(DEPS_BUILD) $(DEPS_TEST)

demo: deps ## builds, then plays the bundled example to its PASS
	+@$(MAKE) --no-print-directory $(JOBS) all play
	@STEPGATE='$(abspath $(B)/stepgate)' PLAY='$(abspath $(B)/play)' share/examples/docs-release/demo.sh

test: deps-test ## every check and every test, with gcc, clang and the sanitizers
	+@$(suite) all
kill: deps-test ## the example, killed at every system call that writes, and started again
	+@$(MAKE) --no-print-directory $(JOBS) $(PROGRAM) $(KILL)
	@$(KILL) -v -j $(shell nproc) $(B)/stepgate .
bombs: deps-test ## hostile YAML of up to 1 MiB, given to each reader: time and memory
	+@$(MAKE) --no-print-directory $(JOBS) $(PROGRAM) $(BOMBS)
	@$(BOMBS) $(B)/stepgate
attack: deps-test ## every attack and forged signal, in every tier and on kernels that lack a wall
	+@$(MAKE) --no-print-directory $(JOBS) $(PROGRAM) $(PLAY) $(HOSTILE) $(DENY) $(FORGE)
	@$(HOSTILE) -v $(abspath $(B)/stepgate) $(abspath $(DENY))
	@$(FORGE) -r $(abspath $(B)/stepgate)
	@STEPGATE=$(abspath $(B)/stepgate) PLAY=$(abspath $(PLAY)) STEPGATE_TRIES=1000 \
		tests/scripts/left-over.sh

# Each prints its figure; a short run of all is in make test (tests/scripts/proof-short.sh).
# SEED=n and STRIDE=n (each so manieth point) as wanted; LONG=1 for a storm at full length.
SEED   ?= 1
STRIDE ?= 1
prove = $(PROOF) -j $(shell nproc) -r $(SEED)
.PHONY: proof-bin fault crash storm flip mutants torture
proof-bin: deps-test
	+@$(MAKE) --no-print-directory $(JOBS) $(PROOF)
fault: proof-bin ## each system call and each allocation of each command fails, or is the last
	@$(prove) -s $(STRIDE) fault
	@$(prove) -s $(STRIDE) memory
crash: proof-bin ## each disk that a crash may leave is recovered, and so is a crash in that
	@$(prove) -s $(STRIDE) crash
storm: proof-bin ## many writers, readers and kills; disks that are full, read-only, failing
	@$(prove) $(if $(LONG),-l) storm
flip: proof-bin ## each bit of a trace and a manifest flipped; tails cut, zeroed, garbage
	@$(prove) -s $(STRIDE) flip
mutants: proof-bin ## seeded mistakes in the store: each has to be found by one of these
	@CC='$(CC)' CFLAGS='$(ALL_CPPFLAGS) $(ALL_CFLAGS)' LIBS='$(WRAPS) $(LIBS) -lutil' \
		LDFLAGS='$(ALL_LDFLAGS)' OBJECTS='$(PROOF_OBJS)' LIB='$(LIB)' \
		WORK='$(B)/mutants' PROOF='$(PROOF)' tests/mutants/mutants.sh $(MUTANT)
torture: proof-bin kill bombs attack ## the long run of all of these, under the sanitizers too, some hours
	@$(prove) fault
	@$(prove) memory
	@$(prove) crash
	@$(prove) -l storm
	@$(prove) flip
	+@$(MAKE) --no-print-directory mutants
	+@$(MAKE) --no-print-directory cover
	+@$(MAKE) --no-print-directory $(JOBS) PROFILE=asan $(BUILD)/asan/proof
	@$(BUILD)/asan/proof -j $(shell nproc) -r $(SEED) -s 11 fault
	@$(BUILD)/asan/proof -j $(shell nproc) -r $(SEED) -s 11 memory
	+@$(MAKE) --no-print-directory fuzz RUNS=10000000
asan: deps-test ## the tests under the address and undefined behaviour sanitizers
	+@$(suite) asan
valgrind: deps-test ## the unit tests under valgrind's memory checker
	@$(deps) valgrind
	+@$(suite) valgrind

# --- checks -----------------------------------------------------------------------------------
.PHONY: layers hdr-check mutants-fit style tidy fmt cover bench pure-objects
pure-objects: $(call objs,$(PURE))
layers: pure-objects ## who includes whom, and that the pure parts are pure
	@tests/checks/selftest.sh layers $(CC)
	@tests/checks/layers.sh . $(B)/obj
hdr-check: ## every header stands alone, the public ones in C11 and C++17
	@tests/checks/selftest.sh hdr-check $(CC)
	@tests/checks/hdr-check.sh
mutants-fit: ## each seeded mistake of make mutants still fits its source and compiles
	@FIT=1 CC='$(CC)' CFLAGS='$(ALL_CPPFLAGS) $(ALL_CFLAGS)' WORK='$(B)/mutants-fit' \
		tests/mutants/mutants.sh
style: ## sizes of files and functions, width of lines, words that may not stay
	@tests/checks/selftest.sh style
	@tests/checks/style.sh
tidy: ## clang-tidy
	@$(deps) clang-tidy
	$(Q)clang-tidy --quiet $(SRC) -- -std=c17 $(CPPFLAGS_all)
fmt: ## clang-format, which only looks; FIX=1 lets it write
	@$(deps) clang-format
	$(Q)find src include tests -name '*.[ch]' -print0 | xargs -0 \
		clang-format $(if $(FIX),-i,--dry-run -Werror)
cover: deps-test ## branch coverage of src/core, commit, recovery, verify and the sanitiser, by the unit tests
	+@$(MAKE) --no-print-directory $(JOBS) PROFILE=cover check-bins
	@tests/checks/cover.sh $(BUILD)/cover

ifneq ($(BENCH),)
bench: deps-test ## the measurements, as ratios (STEPGATE_LONG=1: a minute idle)
	@$(deps) $(DEPS_BENCH)
	+@$(MAKE) --no-print-directory $(JOBS) $(PROGRAM) $(BENCHES) $(BASELINES)
	@for program in $(BENCHES); do STEPGATE='$(abspath $(B)/stepgate)' $$program || exit 1; done
endif

include tests/fuzz/fuzz.mk

.PHONY: report
report: deps-test ## writes REPORT.md: every figure and its target; PARTS='kill crash' only those anew
	+@MAKE='$(MAKE) --no-print-directory' BUILD='$(BUILD)' OUT='$(BUILD)/report' COMPILER='$(CC)' \
		tests/report/report.sh REPORT.md $(PARTS)

.PHONY: picture
picture: deps-test ## draws man/*.svg anew, from the program itself
	+@$(MAKE) --no-print-directory $(JOBS) all $(PICTURE)
	@STEPGATE='$(abspath $(B)/stepgate)' $(PICTURE) share/examples/docs-release \
		man/screen.svg man/brief.svg

.PHONY: fresh-root
fresh-root: ## make demo and make test in a new Debian root that has only make and git
	@$(deps) debootstrap git
	@tests/fresh-root.sh

# --- install ----------------------------------------------------------------------------------
SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETIONS = $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
	$(SHARE)/fish/vendor_completions.d
.PHONY: install uninstall clean dist
install: all ## to DESTDIR and PREFIX: program, man pages, examples, profiles, completions
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/stepgate
	$(Q)install -m 755 $(B)/stepgate $(DESTDIR)$(PREFIX)/bin/stepgate
	$(Q)for page in $(MAN); do install -D -m 644 $$page \
		"$(SHARE)/man/man$${page##*.}/$${page##*/}" || exit 1; done
	$(Q)for folder in examples profiles; do [ ! -d share/$$folder ] || \
		cp -R share/$$folder "$(SHARE)/stepgate/" || exit 1; done
	$(Q)for mo in $(CATALOGUES:$(B)/locale/%=%); do install -D -m 644 $(B)/locale/$$mo \
		"$(SHARE)/locale/$$mo" || exit 1; done
	$(Q)put() { [ ! -f "$$1" ] || install -D -m 644 "$$1" "$$2"; }; \
		put share/completions/stepgate.bash $(word 1,$(COMPLETIONS))/stepgate && \
		put share/completions/_stepgate $(word 2,$(COMPLETIONS))/_stepgate && \
		put share/completions/stepgate.fish $(word 3,$(COMPLETIONS))/stepgate.fish
uninstall: ## takes away what install put there
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/stepgate $(word 1,$(COMPLETIONS))/stepgate \
		$(word 2,$(COMPLETIONS))/_stepgate $(word 3,$(COMPLETIONS))/stepgate.fish
	$(Q)for page in $(MAN); do rm -f "$(SHARE)/man/man$${page##*.}/$${page##*/}"; done
	$(Q)rm -f $(patsubst $(B)/%,$(SHARE)/%,$(CATALOGUES))
	$(Q)rm -rf $(SHARE)/stepgate
clean: ## removes what was built
	$(Q)rm -rf $(foreach profile,release debug asan clang cover fuzz,$(BUILD)/$(profile))
	$(Q)rm -rf $(BUILD)/report
	$(Q)rm -f $(BUILD)/stepgate-*.tar.gz
	$(Q)[ ! -d $(BUILD) ] || rmdir --ignore-fail-on-non-empty $(BUILD)
dist: ## a tarball of the last commit
	$(Q)mkdir -p $(BUILD)
	$(Q)version=$$(git describe --tags --always) && \
		git archive --prefix=stepgate-$$version/ -o $(BUILD)/stepgate-$$version.tar.gz HEAD && \
		echo $(BUILD)/stepgate-$$version.tar.gz
