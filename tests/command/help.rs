//! The verb `help`.

use crate::support::place::{Place, stdout};

#[test]
fn the_verb_help_prints_what_the_flag_prints() {
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
