//! The packages, as users install them: made from the library that the tests have built, installed from their files in a fresh
//! environment that has no network, no Rust and no C compiler, used, and taken away again.

mod archive;
mod conan;
mod csharp;
mod debian;
mod environment;
mod go;
mod installed;
mod java;
mod licenses;
mod lua;
mod node;
mod package;
mod perl;
mod php;
mod python;
mod release;
mod ruby;
mod source;
#[path = "../support/mod.rs"]
mod support;

use installed::Installed;
use package::Package;

/// Checks what holds for the package of every language, and what is true of one alone.
fn holds(package: &'static Package, of_one_alone: impl FnOnce(&Installed)) {
    let Some(installed) = Installed::of(package) else {
        return;
    };
    installed.passes_the_licenses_on();
    installed.prints_the_artist();
    installed.says_that_the_secret_is_wrong();
    installed.works_without_a_home();
    installed.uses_its_own_library();
    installed.works_where_nothing_can_be_written();
    of_one_alone(&installed);
    installed.leaves_nothing_when_it_is_uninstalled();
}
