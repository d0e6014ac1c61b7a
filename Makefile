# Builds and installs the library for C, the headers and the command. Needs cargo, a C compiler and POSIX tools.
#
#   make install PREFIX=/usr/local DESTDIR= FEATURES=
#   make uninstall PREFIX=/usr/local DESTDIR=
#   make TARGET=x86_64-unknown-linux-musl
#   make dist
#
# TARGET builds for another target of packaging/targets/targets.txt, into target/native/TARGET. dist makes all that a release
# publishes of the targets that are there, in dist/.
# What is installed may be moved elsewhere: the pkg-config and CMake files find everything from their own place.

PREFIX = /usr/local
DESTDIR =
FEATURES =
TARGET =
CARGO = cargo
CARGO_FLAGS =
SHARED_FLAGS =
LTO = fat
BUILD = $${CARGO_TARGET_DIR:-target}/install
# What cargo builds for a target that is named goes one folder deeper.
RELEASE = $${CARGO_BUILD_TARGET:+$$CARGO_BUILD_TARGET/}release

# Panic messages and debug information name source files: without directories of this machine.
SOURCES = $${CARGO_HOME:-$$HOME/.cargo}/registry/src/
RUSTC_FLAGS = --config "build.rustflags=['--remap-path-prefix=$(SOURCES)=', '--remap-path-prefix=$(CURDIR)=/spotify-token']"
C_FLAGS = CFLAGS="-ffile-prefix-map=$(SOURCES)= $$CFLAGS"

LIBRARY = $(C_FLAGS) $(CARGO) rustc $(CARGO_FLAGS) --release --lib --no-default-features --features "$(FEATURES)"

# The shared library and the command are optimised as a whole. The static library is not: a whole-program archive holds
# Rust's runtime as symbols that clash with those of another Rust archive.
WHOLE = $(RUSTC_FLAGS) --config 'profile.release.lto="$(LTO)"' $(DEBUG)

# The names of functions and the numbers of lines, for install-debug. install takes them out.
DEBUG = --config 'profile.release.debug="line-tables-only"'

# Packed relocations are a fiftieth of the size. A loader that does not know them refuses the file, so ask it first.
PACKED = $$(sh packaging/packed-relocations.sh)

# Gives the exported functions their symbol versions.
VERSIONED = -C linker="$(CURDIR)/packaging/versioned-linker.sh"

all:
	@if [ -n "$(TARGET)" ]; then packaging/targets/build.sh "$(TARGET)"; else $(MAKE) shared static command; fi

shared:
	$(LIBRARY) $(SHARED_FLAGS) --crate-type cdylib $(WHOLE) --target-dir "$(BUILD)/shared" -- $(VERSIONED) $(PACKED)

# rustc says what the archive needs only when it makes it, so the answer is kept for the next time.
static:
	@mkdir -p "$(BUILD)/static/$(RELEASE)"
	@log="$(BUILD)/static/log.$$$$"; \
	$(LIBRARY) --crate-type staticlib $(RUSTC_FLAGS) --target-dir "$(BUILD)/static" -- --print native-static-libs 2>"$$log"; \
	status=$$?; \
	cat "$$log" >&2; \
	libs=$$(sed -n 's/^note: native-static-libs: //p' "$$log" | tail -n 1); \
	rm -f "$$log"; \
	if [ -n "$$libs" ]; then printf '%s\n' "$$libs" >"$(BUILD)/static/$(RELEASE)/native-static-libs"; fi; \
	exit $$status

command:
	$(C_FLAGS) $(CARGO) rustc $(CARGO_FLAGS) --release --bin spotify-token --features "cli $(FEATURES)" $(WHOLE) --target-dir "$(BUILD)/command" \
		-- $(PACKED)

install: shared static command
	sh packaging/install.sh install "$(DESTDIR)$(PREFIX)" "$(BUILD)" "$(RELEASE)"

install-debug: shared command
	sh packaging/debug.sh "$(DESTDIR)$(PREFIX)" "$(BUILD)" "$(RELEASE)"

uninstall:
	sh packaging/install.sh uninstall "$(DESTDIR)$(PREFIX)"

dist:
	sh packaging/dist/dist.sh "$${CARGO_TARGET_DIR:-target}/native" dist

.PHONY: all shared static command install install-debug uninstall dist
