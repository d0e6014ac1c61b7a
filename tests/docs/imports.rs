//! No two source files import each other, directly or by way of others. What counts are `use` lines at the start of a line, so neither
//! tests nor what a module passes on (`pub use`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::platform::{code, sources};
use crate::support::installed::root;

/// The path of a module, such as `client::source`.
type Module = Vec<String>;

/// The modules of a crate that begins in this file, and the modules that each imports.
fn imports(start: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let directory = start.parent().unwrap();
    let files: BTreeMap<Module, String> = sources(directory)
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .map(|path| (module(path.strip_prefix(directory).unwrap()), code(path)))
        .collect();
    let imports = |(module, code): (&Module, &String)| {
        let paths = uses(code).into_iter().map(|path| resolved(module, &path));
        let imported =
            paths.filter_map(|path| (0..=path.len()).rev().find_map(|end| files.get_key_value(&path[..end])));
        let others = imported
            .map(|(imported, _)| imported.clone())
            .filter(|imported| imported != module);
        (module.clone(), others.collect())
    };
    files.iter().map(imports).collect()
}

fn module(path: &Path) -> Module {
    let path = path.with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts
        .filter(|part| !["lib", "main", "mod"].contains(&part.as_str()))
        .collect()
}

/// The paths that a file imports, one for each name.
fn uses(code: &str) -> Vec<String> {
    let statements = code.split("\nuse ").skip(1).map(|rest| rest.split(';').next().unwrap());
    statements
        .flat_map(|statement| expanded(&statement.replace(char::is_whitespace, "")))
        .collect()
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((start, rest)) = tree.split_once('{') else {
        return vec![tree.to_owned()];
    };
    let (mut depth, mut names) = (0, vec![String::new()]);
    for character in rest.strip_suffix('}').expect(tree).chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                continue;
            }
            _ => {}
        }
        names.last_mut().unwrap().push(character);
    }
    names
        .iter()
        .flat_map(|name| expanded(name))
        .map(|name| format!("{start}{name}"))
        .collect()
}

/// The path from the root of the crate. One that leads out of the crate begins with the module that imports it.
fn resolved(module: &Module, path: &str) -> Module {
    let mut parts = path.split("::").peekable();
    let mut base = Vec::new();
    if parts.peek() == Some(&"crate") {
        parts.next();
    } else {
        base.clone_from(module);
        while parts.next_if_eq(&"super").is_some() {
            base.pop();
        }
    }
    base.extend(parts.map(str::to_owned));
    base
}

/// The modules that can be reached from this one.
fn reached<'i>(from: &Module, imports: &'i BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'i Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = imports[from].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&imports[module]);
        }
    }
    reached
}

#[test]
fn no_two_files_import_each_other() {
    for start in ["src/lib.rs", "src/bin/spotify-token/main.rs"] {
        let imports = imports(&root().join(start));
        let edges: usize = imports.values().map(BTreeSet::len).sum();
        assert!(edges > imports.len(), "{start}: imports are found");
        let circle: Vec<String> = imports
            .keys()
            .filter(|module| reached(module, &imports).contains(module))
            .map(|module| module.join("::"))
            .collect();
        assert_eq!(circle, [""; 0], "{start}");
    }
}
