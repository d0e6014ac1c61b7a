//! Who may use a file or a directory: its owner, and its access control list (DACL).

use std::ffi::c_void;
use std::fs::File;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::{io, ptr};

use windows_sys::Win32::Foundation::{GENERIC_ALL, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, DACL_SECURITY_INFORMATION, EqualSid, GetAce, GetTokenInformation,
    INHERIT_ONLY_ACE, IsWellKnownSid, OWNER_SECURITY_INFORMATION, PSID, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser, WELL_KNOWN_SID_TYPE, WinBuiltinAdministratorsSid, WinCreatorOwnerRightsSid, WinCreatorOwnerSid,
    WinLocalSystemSid,
};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, DELETE, FILE_ADD_FILE, FILE_ADD_SUBDIRECTORY, FILE_ATTRIBUTE_NORMAL,
    FILE_DELETE_CHILD, FILE_READ_DATA, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, WRITE_DAC, WRITE_OWNER,
};
use windows_sys::Win32::System::SystemServices::{
    ACCESS_ALLOWED_ACE_TYPE, ACCESS_ALLOWED_CALLBACK_ACE_TYPE, ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE,
    ACCESS_ALLOWED_OBJECT_ACE_TYPE,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::result::succeeded;
use super::wide;
use crate::platform::Unfit;

/// What changes a directory, a file or the rights on it. The numbers are the same for both: to add a file is to write data.
const WRITING: u32 = FILE_ADD_FILE
    | FILE_ADD_SUBDIRECTORY
    | FILE_DELETE_CHILD
    | DELETE
    | WRITE_DAC
    | WRITE_OWNER
    | GENERIC_WRITE
    | GENERIC_ALL;
const READING: u32 = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;

/// Checks that a directory belongs to this user, and that no other may write to it. The system and the administrators may do anything
/// anywhere, as root may on Unix.
pub(super) fn check_directory(directory: &File) -> Result<(), Unfit> {
    check(directory, WRITING)
}

/// Checks that a file belongs to this user, and that no other may read or write it.
pub(super) fn check_file(file: &File) -> Result<(), Unfit> {
    check(file, READING | WRITING)
}

/// Creates a file for this user alone, and opens it for writing.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    create_file_with(path, &Descriptor::for_this_user_alone("")?)
}

fn create_file_with(path: &Path, descriptor: &Descriptor) -> io::Result<File> {
    let path = wide::path(path)?;
    let sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    // SAFETY: the path ends with a NUL, and both it and the attributes live for the call.
    let handle = unsafe {
        CreateFileW(
            path.as_ptr(),
            GENERIC_WRITE,
            sharing,
            &descriptor.attributes(),
            CREATE_NEW,
            FILE_ATTRIBUTE_NORMAL,
            ptr::null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, and nobody else has it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) }.into())
}

/// Creates a directory for this user alone. What is created in it is so as well.
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    create_directory_with(path, &Descriptor::for_this_user_alone("OICI")?)
}

fn create_directory_with(path: &Path, descriptor: &Descriptor) -> io::Result<()> {
    let path = wide::path(path)?;
    // SAFETY: the path ends with a NUL, and both it and the attributes live for the call.
    succeeded(unsafe { CreateDirectoryW(path.as_ptr(), &descriptor.attributes()) })
}

/// A security descriptor, in memory of the system's.
struct Descriptor(Local);

impl Descriptor {
    /// Makes one that lets this user, the system and the administrators do everything, and nobody else anything. `inheritance` are the
    /// flags of its entries.
    fn for_this_user_alone(inheritance: &str) -> io::Result<Descriptor> {
        let user = User::of_this_process()?.in_text()?;
        let own = |name: &str| format!("(A;{inheritance};FA;;;{name})");
        Descriptor::new(&format!("O:{user}D:P{}{}{}", own("SY"), own("BA"), own(&user)))
    }

    /// Makes the one that a text in Windows's language for them (SDDL) describes.
    fn new(text: &str) -> io::Result<Descriptor> {
        let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor = Local(ptr::null_mut());
        // SAFETY: the text ends with a NUL, and the pointer may be written.
        succeeded(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor.0,
                ptr::null_mut(),
            )
        })?;
        Ok(Descriptor(descriptor))
    }

    /// Returns what the functions that create something take.
    fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).expect("a small struct"),
            lpSecurityDescriptor: self.0.0,
            bInheritHandle: 0,
        }
    }
}

/// Memory that a function of the system has allocated.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: it is NULL, or was allocated by the system for `LocalFree`.
        unsafe { LocalFree(self.0) };
    }
}

/// The user of this process.
struct User {
    /// A `TOKEN_USER` and what it points to, in words, so that it is aligned.
    buffer: Vec<usize>,
}

impl User {
    fn of_this_process() -> io::Result<User> {
        let mut token = ptr::null_mut();
        // SAFETY: the pointer may be written.
        succeeded(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
        // SAFETY: the handle is open, and nobody else has it.
        let token = unsafe { OwnedHandle::from_raw_handle(token) };
        let mut size = 0;
        // SAFETY: asks for the size alone.
        unsafe { GetTokenInformation(token.as_raw_handle(), TokenUser, ptr::null_mut(), 0, &raw mut size) };
        let mut buffer = vec![0_usize; (size as usize).div_ceil(size_of::<usize>())];
        // SAFETY: the buffer has as many bytes as the call has asked for.
        succeeded(unsafe {
            GetTokenInformation(
                token.as_raw_handle(),
                TokenUser,
                buffer.as_mut_ptr().cast(),
                size,
                &raw mut size,
            )
        })?;
        Ok(User { buffer })
    }

    fn sid(&self) -> PSID {
        // SAFETY: the buffer begins with this struct.
        unsafe { &*self.buffer.as_ptr().cast::<TOKEN_USER>() }.User.Sid
    }

    /// Returns the SID in text, such as S-1-5-21-...
    fn in_text(&self) -> io::Result<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the SID is valid, and the pointer may be written.
        succeeded(unsafe { ConvertSidToStringSidW(self.sid(), &raw mut text) })?;
        let text = Local(text.cast());
        let start = text.0.cast::<u16>();
        // SAFETY: the text ends with a NUL.
        let units = (0..).map(|at| unsafe { *start.add(at) }).take_while(|unit| *unit != 0);
        Ok(char::decode_utf16(units).map(|unit| unit.unwrap_or_default()).collect())
    }
}

fn check(file: &File, not_for_others: u32) -> Result<(), Unfit> {
    let of_system = |error: io::Error| Unfit::System(error.kind());
    let user = User::of_this_process().map_err(of_system)?;
    let (mut owner, mut list) = (ptr::null_mut(), ptr::null_mut());
    let mut descriptor = Local(ptr::null_mut());
    // SAFETY: the handle is open, and the pointers may be written.
    let error = unsafe {
        GetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            &raw mut list,
            ptr::null_mut(),
            &raw mut descriptor.0,
        )
    };
    if error != 0 {
        return Err(of_system(io::Error::from_raw_os_error(error.cast_signed())));
    }
    // SAFETY: the owner is in the descriptor, which lives.
    if !unsafe { is_trusted(owner, &user) } {
        return Err(Unfit::Owner);
    }
    // SAFETY: as for the owner. Without a list, everybody may do everything.
    let Some(list) = (unsafe { list.as_ref() }) else {
        return Err(Unfit::Shared);
    };
    // SAFETY: the list is whole.
    if unsafe { allows_others(list, &user, not_for_others) } {
        return Err(Unfit::Shared);
    }
    Ok(())
}

/// Whether an entry of the list allows some of this to others than the user, the system and the administrators.
///
/// # Safety
/// The list is whole.
unsafe fn allows_others(list: &ACL, user: &User, access: u32) -> bool {
    (0..u32::from(list.AceCount)).any(|index| {
        let mut entry = ptr::null_mut();
        // SAFETY: the list has so many entries, and the pointer may be written.
        if unsafe { GetAce(list, index, &raw mut entry) } == 0 {
            return true;
        }
        // SAFETY: each entry begins with this struct.
        let header = unsafe { *entry.cast::<ACE_HEADER>() };
        let is_for_children_alone = u32::from(header.AceFlags) & INHERIT_ONLY_ACE != 0;
        match u32::from(header.AceType) {
            _ if is_for_children_alone => false,
            ACCESS_ALLOWED_ACE_TYPE | ACCESS_ALLOWED_CALLBACK_ACE_TYPE => {
                let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
                // SAFETY: both types begin like this struct, and the SID is in the entry.
                unsafe { (*entry).Mask & access != 0 && !is_trusted((&raw mut (*entry).SidStart).cast(), user) }
            }
            // They are not for files.
            ACCESS_ALLOWED_OBJECT_ACE_TYPE | ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE => true,
            _ => false,
        }
    })
}

/// Whether this is the user, the system or the administrators, or stands for the owner.
///
/// # Safety
/// The SID is valid.
unsafe fn is_trusted(sid: PSID, user: &User) -> bool {
    const TRUSTED: [WELL_KNOWN_SID_TYPE; 4] = [
        WinLocalSystemSid,
        WinBuiltinAdministratorsSid,
        WinCreatorOwnerSid,
        WinCreatorOwnerRightsSid,
    ];
    // SAFETY: both are valid.
    unsafe { EqualSid(sid, user.sid()) != 0 || TRUSTED.iter().any(|known| IsWellKnownSid(sid, *known) != 0) }
}

#[cfg(test)]
mod tests {
    use super::super::directory::Directory;
    use super::*;

    /// Makes a directory and a file in it with these entries for others in their lists, and says what is wrong with both.
    fn with_list(entries: &str) -> (Option<Unfit>, Option<Unfit>) {
        let temporary = tempfile::tempdir().unwrap();
        let (path, file) = (
            temporary.path().join("directory"),
            temporary.path().join("directory/file"),
        );
        let user = User::of_this_process().unwrap().in_text().unwrap();
        let list = Descriptor::new(&format!("O:{user}D:P(A;;FA;;;{user}){entries}")).unwrap();
        create_directory_with(&path, &list).unwrap();
        create_file_with(&file, &list).unwrap();
        (
            Directory::open(&path).err(),
            check_file(&File::open(file).unwrap()).err(),
        )
    }

    #[test]
    fn what_others_may_use_is_refused() {
        let shared = Some(Unfit::Shared);
        assert_eq!(with_list(""), (None, None));
        assert_eq!(with_list("(A;;FA;;;SY)(A;;FA;;;BA)"), (None, None), "the system's");
        // Wine gives directories no more than its umask allows.
        assert_eq!(with_list("(A;;FA;;;WD)").1, shared, "everybody");
        assert_eq!(with_list("(A;;FR;;;WD)"), (None, shared), "everybody, to read");
    }

    #[test]
    fn what_is_created_is_of_the_user_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a");
        create_file(&path).unwrap();
        assert_eq!(create_file(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(check_file(&File::open(path).unwrap()), Ok(()));
    }

    #[test]
    fn a_user_has_a_name_of_numbers() {
        let name = User::of_this_process().unwrap().in_text().unwrap();
        assert!(name.starts_with("S-1-5-"), "{name}");
    }
}
