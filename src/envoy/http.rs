//! One plain HTTP/1.1 request and its whole answer, for loopback peers: Envoy's admin interface and test traffic.
//!
//! Answers for: writing a request, reading status, headers and body (with a length, chunked, or until the end).
//! Leaves to others: TLS, redirects, keep-alive, proxies. One request a connection keeps this to a page.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body, with any chunking undone.
    pub body: String,
}

impl Response {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An admin's answer, config dumps included, takes far less.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// `GET path`. A `Host` of one's own goes in `headers`; otherwise it is the address.
pub async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    request("GET", address, path, headers).await
}

/// `POST path` without a body, as Envoy's admin wants for what changes it.
pub async fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    request("POST", address, path, &[headers, &[("Content-Length", "0")]].concat()).await
}

async fn request(method: &str, address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        parse(&bytes)
    };
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no whole answer in time");
    tokio::time::timeout(ANSWER_WITHIN, exchange).await.map_err(late)?
}

fn parse(bytes: &[u8]) -> io::Result<Response> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").ok_or_else(|| cut_short("before its headers ended"))?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|it| it.split(' ').nth(1)).and_then(|it| it.parse().ok());
    let headers: Vec<_> = lines
        .filter_map(|it| it.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response { status: status.ok_or_else(|| malformed("no status"))?, headers, body: String::new() };
    let body = &bytes[end + 4..];
    let body = if response.header("transfer-encoding").is_some_and(|it| it.contains("chunked")) {
        dechunk(body)?
    } else {
        match response.header("content-length").and_then(|it| it.parse().ok()) {
            Some(length) => body.get(..length).ok_or_else(|| cut_short("before its body ended"))?.to_vec(),
            None => body.to_vec(),
        }
    };
    response.body = String::from_utf8_lossy(&body).into_owned();
    Ok(response)
}

fn dechunk(mut from: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let line = from.windows(2).position(|it| it == b"\r\n").ok_or_else(|| cut_short("inside a chunk"))?;
        let digits = String::from_utf8_lossy(&from[..line]);
        let digits = digits.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| malformed("a chunk without length"))?;
        from = &from[line + 2..];
        if length == 0 {
            return Ok(out);
        }
        let chunk = from.get(..length).ok_or_else(|| cut_short("inside a chunk"))?;
        out.extend_from_slice(chunk);
        from = from.get(length + 2..).ok_or_else(|| cut_short("after a chunk"))?;
    }
}

fn cut_short(place: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("the answer was cut short {place}"))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer has {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_with_a_length_in_chunks_or_until_the_end() {
        let sized = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhithere").unwrap();
        assert_eq!((sized.status, sized.body.as_str()), (200, "hi"));
        let chunked = b"HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
        let chunked = parse(chunked).unwrap();
        assert_eq!((chunked.status, chunked.body.as_str()), (503, "abcde"));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\nrest").unwrap().body, "rest");
    }

    #[test]
    fn an_answer_cut_short_is_an_error() {
        for bytes in [
            &b"HTTP/1.1 200 OK\r\n"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        ] {
            assert_eq!(parse(bytes).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
