//! Plays the browser of a user, for tests that have none.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::form::encoded;

/// How long the server may take for a page.
const PATIENCE: Duration = Duration::from_secs(60);

/// The button that is clicked.
#[derive(Clone, Copy)]
pub(super) enum Button {
    Agree,
    Cancel,
}

/// Opens the address of a login, clicks, and returns where the browser is sent then. An error has no secret in it.
pub(super) fn decide(server: SocketAddr, url: &str, button: Button) -> io::Result<String> {
    let path = url.strip_prefix(&format!("http://{server}"));
    let path = path.filter(|path| path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()));
    let path = path.ok_or_else(|| failed("the address is not one of this server"))?;
    let page = Page::load(server, &format!("GET {path} HTTP/1.1\r\n"), "")?;
    // What is wrong with a request may be said to the app at once.
    if let Some(location) = page.location() {
        return Ok(location);
    }
    let ticket = page
        .between("name=\"ticket\" value=\"", "\"")
        .ok_or_else(|| failed(&format!("no consent page: {}", page.error())))?;
    let decision = match button {
        Button::Agree => "agree",
        Button::Cancel => "cancel",
    };
    let form = format!("ticket={}&decision={decision}", encoded(ticket));
    let head = "POST /authorize HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let response = Page::load(server, head, &form)?;
    response
        .location()
        .ok_or_else(|| failed(&format!("the browser is sent nowhere: {}", response.error())))
}

/// A response as it arrived.
struct Page(String);

impl Page {
    fn load(server: SocketAddr, head: &str, body: &str) -> io::Result<Page> {
        let mut stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let length = body.len();
        let request = format!("{head}Host: {server}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes())?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        Ok(Page(response))
    }

    /// Where the browser is sent.
    fn location(&self) -> Option<String> {
        let (head, _) = self.0.split_once("\r\n\r\n")?;
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let mut named = lines.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
        named.next().map(|(_, value)| value.to_owned())
    }

    /// What an error page says.
    fn error(&self) -> &str {
        self.between("<p id=\"error\">", "</p>")
            .unwrap_or("no error page either")
    }

    fn between(&self, start: &str, end: &str) -> Option<&str> {
        let (_, rest) = self.0.split_once(start)?;
        rest.split_once(end).map(|(found, _)| found)
    }
}

fn failed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
