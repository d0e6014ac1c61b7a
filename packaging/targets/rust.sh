#!/bin/sh
# Prints a Rust compiler that has the standard library of the target: the usual one, if it has it (as after rustup target
# add), or Debian's, for which that library is built from source.
#
#   rust.sh TOOLCHAINS TARGET
set -eu

here=$(dirname "$0")
toolchains=$1
target=$2

# has COMPILER: whether it has the target's standard library.
has() {
    set -- "$("$1" --print target-libdir --target "$target")"/libstd-*.rlib
    [ -e "$1" ]
}

if has rustc; then
    command -v rustc
    exit
fi
rust=$toolchains/rust
sh "$here/deb.sh" "$rust" "$(dpkg --print-architecture)" \
    rustc-web libstd-rust-web-dev libstd-rust-web-1.96 rust-web-src libllvm22 libedit2 libz3-4
rustc=$toolchains/rustc
if ! [ -x "$rustc" ]; then
    # bash, because a cargo test sets variables with a hyphen in the name, and dash does not pass them on.
    cat >"$rustc" <<END
#!/bin/bash
LD_LIBRARY_PATH=$rust/usr/lib/$(uname -m)-linux-gnu exec $rust/usr/bin/rustc "\$@"
END
    chmod 755 "$rustc"
fi
has "$rustc" || sh "$here/std.sh" "$rustc" "$target" >&2
echo "$rustc"
