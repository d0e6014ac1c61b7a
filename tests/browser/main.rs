//! A login in a real browser: Chromium without a window, driven through WebDriver. The pages that it shows are photographed into
//! `target/tmp/pages`.

#[path = "../support/mod.rs"]
mod support;

mod driver;
mod login;
