//! What runs when the program or the library is loaded, before the host has threads and before Rust's runtime begins.

/// Has the loader call a function, an `extern "C" fn()`.
macro_rules! when_loaded {
    ($function:path) => {
        #[used]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
        static WHEN_LOADED: extern "C" fn() = $function;
    };
}

pub(crate) use when_loaded;

/// Does nothing. On Linux the shared library is linked with -z nodelete, and glibc unloads no plugin with the static library in it while
/// destructors of thread-local variables have to run, which each thread of ours has. musl unloads nothing. On macOS it was never tried.
pub(crate) fn stay_loaded() {}
