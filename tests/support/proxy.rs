//! A CONNECT proxy (RFC 9110, section 9.3.6) that does as the test says and keeps what it was asked.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::tls::serve;

/// What the proxy does.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// Lets everybody through to this port of 127.0.0.1, wherever they want to go.
    Open(u16),
    /// Lets through who presents this `Proxy-Authorization`; answers 407 else.
    Password(u16, &'static str),
    /// Answers with these bytes.
    Says(&'static str),
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
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    log.lock().unwrap().push(head.clone());
    let port = match manner {
        Manner::Open(port) => port,
        Manner::Password(port, value) if head.contains(&format!("Proxy-Authorization: {value}\r\n")) => port,
        Manner::Password(..) => {
            return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
        }
        Manner::Says(bytes) => return client.write_all(bytes.as_bytes()),
        Manner::Hangs => {
            io::copy(&mut reader, &mut io::sink())?;
            return Ok(());
        }
    };
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
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
