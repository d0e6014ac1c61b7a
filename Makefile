# Builds and installs the library for C, the headers and the command. Needs cargo, a C compiler and POSIX tools.
#
#   make install PREFIX=/usr/local DESTDIR= FEATURES=
#   make uninstall PREFIX=/usr/local DESTDIR=
#
# What is installed may be moved elsewhere: the pkg-config and CMake files find everything from their own place.

PREFIX = /usr/local
DESTDIR =
FEATURES =
CARGO = cargo
BUILD = $${CARGO_TARGET_DIR:-target}/install

LIBRARY = $(CARGO) rustc --release --lib --no-default-features --features "$(FEATURES)"

all: shared static command

# The shared library is optimised as a whole. The static one is not: a whole-program archive holds Rust's runtime as
# symbols that clash with those of another Rust archive.
shared:
	$(LIBRARY) --crate-type cdylib --target-dir "$(BUILD)/shared" --config 'profile.release.lto="fat"'

# rustc says what the archive needs only when it makes it, so the answer is kept for the next time.
static:
	@mkdir -p "$(BUILD)/static"
	@log="$(BUILD)/static/log.$$$$"; \
	$(LIBRARY) --crate-type staticlib --target-dir "$(BUILD)/static" -- --print native-static-libs 2>"$$log"; \
	status=$$?; \
	cat "$$log" >&2; \
	libs=$$(sed -n 's/^note: native-static-libs: //p' "$$log" | tail -n 1); \
	rm -f "$$log"; \
	if [ -n "$$libs" ]; then printf '%s\n' "$$libs" >"$(BUILD)/static/native-static-libs"; fi; \
	exit $$status

command:
	$(CARGO) build --release --bin spotify-token --features "cli $(FEATURES)" --target-dir "$(BUILD)/command"

install: all
	sh packaging/install.sh install "$(DESTDIR)$(PREFIX)" "$(BUILD)"

uninstall:
	sh packaging/install.sh uninstall "$(DESTDIR)$(PREFIX)"

.PHONY: all shared static command install uninstall
