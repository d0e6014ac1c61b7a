//! A login in a C program that is in trouble: forked, or with hardly any descriptor left.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use url::Url;

use crate::support::installed::{command, compile, prefix, root};
use crate::support::{SECRET, server, told, tools};
use spotify_token::stand_in::StandIn;

/// `tests/c/login.c`, which waits for the browser.
struct Program {
    process: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
    _scratch: tempfile::TempDir,
}

impl Program {
    fn start(server: &StandIn, trouble: &str) -> Option<Program> {
        let prefix = prefix().filter(|_| tools::require("gcc"))?;
        let scratch = tempfile::tempdir().unwrap();
        let flags = ["-std=gnu11", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
        let program = compile("gcc", &root().join("tests/c/login.c"), prefix, &flags, scratch.path());
        let mut process = told(&mut command(&program, prefix), &server.token_url(), SECRET)
            .env("SPOTIFY_AUTHORIZE_URL", server.authorize_url())
            .env("SPOTIFY_LOGINS", format!("file:{}/logins", scratch.path().display()))
            .arg(trouble)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        Some(Program {
            process,
            stdout,
            url: url.trim_end().to_owned(),
            _scratch: scratch,
        })
    }

    /// What the wait returned.
    fn result(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

fn visit(redirect: &Url) -> String {
    let address = redirect.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).unwrap();
    let target = &redirect[url::Position::BeforePath..];
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

#[test]
fn forked_children_do_not_disturb_a_login_and_do_not_keep_its_port() {
    let server = server();
    let Some(mut program) = Program::start(&server, "fork") else {
        return;
    };
    let redirect = Url::parse(&server.agree(&program.url)).unwrap();
    let page = visit(&redirect);
    assert!(page.contains("You are logged in"), "{page}");
    assert_eq!(program.result(), "0");
    let address = redirect.socket_addrs(|| None).unwrap()[0];
    assert!(
        TcpStream::connect(address).is_err(),
        "a child has a copy of the socket, and nobody listens"
    );
    program.end();
}

#[test]
fn a_login_survives_a_process_without_free_descriptors() {
    let server = server();
    let Some(mut program) = Program::start(&server, "files") else {
        return;
    };
    let redirect = Url::parse(&server.agree(&program.url)).unwrap();
    let address = redirect.socket_addrs(|| None).unwrap()[0];
    let silent: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    let page = visit(&Url::parse(&redirect.as_str().replace("/callback", "/other")).unwrap());
    assert!(page.contains("There is nothing here"), "{page}");
    drop(silent);
    let page = visit(&redirect);
    assert!(page.contains("You are logged in"), "{page}");
    assert_eq!(program.result(), "0");
    program.end();
}
