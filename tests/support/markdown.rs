//! What stands in the project's documents, taken apart so that tests can run it.

use std::fs;

use super::installed::root;

/// The text of a document of the project.
pub fn document(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The code blocks of this language.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = text.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}
