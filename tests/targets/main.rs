//! Releases for other targets, run where they run: in qemu, in wine, in a chroot. Those for macOS are only read and linked to. One
//! file for each kind of target.
//!
//! `packaging/targets/build.sh TARGET` builds what they test, into target/native, or into target/quick with SPOTIFY_TOKEN_QUICK=1. A
//! test of a target that has not been built is skipped, unless SPOTIFY_TOKEN_TEST_TARGETS names it.

#[path = "../support/mod.rs"]
mod support;

mod aarch64;
mod chroot;
mod glibc;
mod macos;
mod musl;
mod programs;
mod release;
mod windows;
mod wine;
