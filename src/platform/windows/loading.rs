//! What runs when the library is loaded: nothing. `DllMain` holds a lock of the loader, and what it may call is not worth the risk.

use std::ptr;

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// Does nothing with the function.
macro_rules! when_loaded {
    ($function:path) => {
        const _: extern "C" fn() = $function;
    };
}

pub(crate) use when_loaded;

/// Keeps the library that this function is in loaded until the process ends, whoever calls `FreeLibrary`.
pub(crate) fn stay_loaded() {
    let mut module = ptr::null_mut();
    let here = (stay_loaded as fn() as *const ()).cast();
    // SAFETY: the address is in a loaded module, and the handle may be written. That module stays as it is if this fails.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            here,
            &raw mut module,
        );
    }
}
