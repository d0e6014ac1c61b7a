//! A CONNECT proxy (RFC 9110, section 9.3.6) or a SOCKS proxy that does as the test says and keeps what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::tls::serve;

/// What the proxy does.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// Lets everybody through to this port of 127.0.0.1, wherever they want to go.
    Open(u16),
    /// The same, and says so in these bytes.
    OpenSaying(u16, &'static str),
    /// The same, and speaks SOCKS 4, 4a and 5 instead of HTTP.
    Socks(u16),
    /// Speaks SOCKS 5 and wants this user and password.
    SocksLogin(u16, &'static str, &'static str),
    /// Lets through who presents this `Proxy-Authorization`; answers 407 else.
    Password(u16, &'static str),
    /// Answers with these bytes.
    Says(&'static str),
    /// Answers with these bytes, then with the same byte for ever, slowly.
    Drips(&'static [u8], u8),
    /// The same after a SOCKS greeting.
    SocksDrips(&'static [u8], u8),
    /// Never answers.
    Hangs,
}

/// A running proxy.
pub struct Proxy {
    /// Its port.
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts one; it serves as long as the test program runs.
    pub fn new(manner: Manner) -> Proxy {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let port = serve(move |stream| {
            let _ = answer(stream, manner, &log);
        });
        Proxy { port, asked }
    }

    /// The heads of the requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut client: TcpStream, manner: Manner, log: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    match manner {
        Manner::Socks(port) => {
            let asked = socks(&mut reader, &mut client, None)?;
            log.lock().unwrap().push(asked);
            return pass_on(reader, client, port);
        }
        Manner::SocksLogin(port, user, password) => {
            let asked = socks(&mut reader, &mut client, Some((user, password)))?;
            log.lock().unwrap().push(asked);
            return pass_on(reader, client, port);
        }
        Manner::SocksDrips(bytes, then) => {
            reader.read_exact(&mut [0; 3])?;
            log.lock().unwrap().push("SOCKS".to_owned());
            client.write_all(&[5, 0])?;
            return drip(client, bytes, then);
        }
        _ => {}
    }
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    log.lock().unwrap().push(head.clone());
    let (port, says) = match manner {
        Manner::Open(port) => (port, "HTTP/1.1 200 Connection established\r\n\r\n"),
        Manner::OpenSaying(port, says) => (port, says),
        Manner::Password(port, value) if head.contains(&format!("Proxy-Authorization: {value}\r\n")) => {
            (port, "HTTP/1.1 200 OK\r\n\r\n")
        }
        Manner::Password(..) => {
            return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
        }
        Manner::Says(bytes) => return client.write_all(bytes.as_bytes()),
        Manner::Drips(bytes, then) => return drip(client, bytes, then),
        Manner::Hangs => {
            io::copy(&mut reader, &mut io::sink())?;
            return Ok(());
        }
        Manner::Socks(_) | Manner::SocksLogin(..) | Manner::SocksDrips(..) => unreachable!("no HTTP"),
    };
    client.write_all(says.as_bytes())?;
    pass_on(reader, client, port)
}

fn drip(mut client: TcpStream, bytes: &[u8], then: u8) -> io::Result<()> {
    client.write_all(bytes)?;
    loop {
        thread::sleep(Duration::from_millis(20));
        client.write_all(&[then])?;
    }
}

/// The proxy's side of SOCKS 4, 4a and 5; gives what was asked for.
fn socks(reader: &mut impl BufRead, client: &mut TcpStream, login: Option<(&str, &str)>) -> io::Result<String> {
    let mut read = |length: usize| {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    if read(1)? == [4] {
        let head = read(7)?;
        let mut text = || {
            let mut bytes = Vec::new();
            reader.read_until(0, &mut bytes)?;
            bytes.pop();
            io::Result::Ok(String::from_utf8(bytes).unwrap())
        };
        let user = text()?;
        let target = match head[3..] {
            [0, 0, 0, _] => text()?,
            ref address => format!("{address:?}"),
        };
        client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0])?;
        return Ok(format!("SOCKS 4 {user} {target}"));
    }
    let methods = read(1)?[0];
    let methods = read(methods.into())?;
    let wanted = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&wanted) {
        client.write_all(&[5, 0xff])?;
        return Ok("SOCKS 5 without a login".to_owned());
    }
    client.write_all(&[5, wanted])?;
    if let Some((user, password)) = login {
        read(1)?;
        let mut text = || {
            let length = read(1)?[0];
            io::Result::Ok(String::from_utf8(read(length.into())?).unwrap())
        };
        let is_right = text()? == user && text()? == password;
        client.write_all(&[1, u8::from(!is_right)])?;
        if !is_right {
            return Ok("SOCKS 5 with a wrong login".to_owned());
        }
    }
    let target = match read(4)?[3] {
        1 => format!("{:?}", read(4)?),
        4 => format!("{:?}", read(16)?),
        _ => {
            let length = read(1)?[0];
            String::from_utf8(read(length.into())?).unwrap()
        }
    };
    read(2)?;
    client.write_all(&[5, 0, 0, 3, 4, b'h', b'o', b's', b't', 0, 1])?;
    Ok(format!("SOCKS 5 {target}"))
}

/// Passes everything on between the client and this port.
pub fn pass_on(reader: BufReader<TcpStream>, mut client: TcpStream, port: u16) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut to_server, mut from_client) = (server.try_clone()?, reader);
    let upwards = thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    io::copy(&mut server, &mut client)?;
    let _ = client.shutdown(Shutdown::Both);
    let _ = upwards.join();
    Ok(())
}
