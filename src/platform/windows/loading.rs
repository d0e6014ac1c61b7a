//! What runs when the library is loaded: nothing. `DllMain` holds a lock of the loader, and what it may call is not worth the risk.

/// Does nothing with the function.
macro_rules! when_loaded {
    ($function:path) => {
        const _: extern "C" fn() = $function;
    };
}

pub(crate) use when_loaded;
