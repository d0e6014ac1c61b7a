//! Whether the environment of this process can be trusted. A set-uid, set-gid or capability-raised program gets its
//! environment from a caller with fewer rights (secure_getenv(3)).

/// Returns whether this process has more rights than its caller.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn has_raised_rights() -> bool {
    // SAFETY: getauxval takes any number and reads memory that the kernel filled when the process started.
    (unsafe { libc::getauxval(libc::AT_SECURE) }) != 0
}

/// Returns whether this process has more rights than its caller.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn has_raised_rights() -> bool {
    // SAFETY: issetugid takes nothing and only reads a flag of the process.
    (unsafe { libc::issetugid() }) != 0
}
