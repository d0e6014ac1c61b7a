//! The CA certificates of the system.

use std::ffi::CStr;
use std::{ptr, slice};

use windows_sys::Win32::Security::Cryptography::{
    CERT_CONTEXT, CTL_USAGE, CertCloseStore, CertEnumCertificatesInStore, CertGetEnhancedKeyUsage,
    CertOpenSystemStoreW, szOID_PKIX_KP_SERVER_AUTH,
};
use windows_sys::w;

/// Windows has a store instead.
pub(crate) const SYSTEM_BUNDLES: [&str; 0] = [];

/// Passes each CA certificate for servers in the store of the user and the machine to `take`, as DER. Windows fetches a certificate of
/// its own list only when one of its programs asks for it, so one that is missing here may be trusted all the same.
pub(crate) fn each_in_store(mut take: impl FnMut(&[u8])) {
    // SAFETY: the name ends with a NUL, and the store is closed below.
    let store = unsafe { CertOpenSystemStoreW(0, w!("ROOT")) };
    if store.is_null() {
        return;
    }
    let mut certificate = ptr::null_mut();
    loop {
        // SAFETY: the store is open. The certificate before is freed by this call, also by the last one, which returns NULL.
        certificate = unsafe { CertEnumCertificatesInStore(store, certificate) };
        // SAFETY: it is NULL, or lives until the next call.
        let Some(found) = (unsafe { certificate.as_ref() }) else {
            break;
        };
        if is_for_servers(found) {
            // SAFETY: the certificate has so many bytes.
            take(unsafe { slice::from_raw_parts(found.pbCertEncoded, found.cbCertEncoded as usize) });
        }
    }
    // SAFETY: no certificate of the store is used any more.
    unsafe { CertCloseStore(store, 0) };
}

/// Whether the certificate, and what the administrator says about it, allows servers: some are for signed programs alone.
fn is_for_servers(certificate: &CERT_CONTEXT) -> bool {
    let mut size = 0;
    // SAFETY: asks for the size alone.
    if unsafe { CertGetEnhancedKeyUsage(certificate, 0, ptr::null_mut(), &raw mut size) } == 0 {
        return false;
    }
    // Words, so that the struct at its beginning is aligned.
    let mut buffer = vec![0_usize; (size as usize).div_ceil(size_of::<usize>())];
    let usage = buffer.as_mut_ptr().cast::<CTL_USAGE>();
    // SAFETY: the buffer has as many bytes as the call has asked for.
    if unsafe { CertGetEnhancedKeyUsage(certificate, 0, usage, &raw mut size) } == 0 {
        return false;
    }
    // SAFETY: the call has filled the struct.
    let usage = unsafe { &*usage };
    if usage.cUsageIdentifier == 0 {
        // Where nothing is said, everything is allowed; where an empty list is said, nothing is.
        return std::io::Error::last_os_error().raw_os_error() == Some(NOTHING_IS_SAID);
    }
    // SAFETY: there are so many strings, in the same buffer.
    let allowed = unsafe { slice::from_raw_parts(usage.rgpszUsageIdentifier, usage.cUsageIdentifier as usize) };
    // SAFETY: each ends with a NUL.
    let text = |name: *const u8| unsafe { CStr::from_ptr(name.cast()) };
    allowed
        .iter()
        .any(|name| text(*name) == text(szOID_PKIX_KP_SERVER_AUTH))
}

/// `CRYPT_E_NOT_FOUND`, as the last error has it.
const NOTHING_IS_SAID: i32 = windows_sys::Win32::Foundation::CRYPT_E_NOT_FOUND;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_certificate_is_der() {
        each_in_store(|certificate| assert_eq!(certificate[..2], [0x30, 0x82]));
    }
}
