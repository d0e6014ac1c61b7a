//! The verb `help`.

use crate::support::place::{Place, stdout};

#[test]
fn help_is_a_verb_and_says_what_the_flag_says() {
    let place = Place::new();
    assert_eq!(stdout(&place.run(&["help"])), stdout(&place.run(&["--help"])));
    for verb in ["token", "exec", "mock-server", "man", "help"] {
        assert_eq!(
            stdout(&place.run(&["help", verb])),
            stdout(&place.run(&[verb, "--help"])),
            "{verb}"
        );
    }
    assert!(place.fails(&["help", "tokn"], 64).contains("token"));
    assert!(place.fails(&["help", "token", "json"], 64).contains("json"));
}
