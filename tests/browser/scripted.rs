//! A server without Envoy and Corsac. It sends the exact answers of a case, and it also serves the
//! pages.

use std::{
    collections::{HashMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use corsac_fetch::Response;
use corsac_testbed::server::{Answer, Received, Server};

use crate::session::{Call, Session};

/// The page's origin. At `localhost`, plain HTTP is a secure context.
pub const PAGE: &str = "http://app.localhost";

/// The answers to each case, and its requests.
#[derive(Default)]
struct Book {
    answers: HashMap<String, VecDeque<Response>>,
    received: HashMap<String, Vec<Received>>,
}

/// A running server. Dropping it ends it.
pub struct Scripted {
    server: Server,
    book: Arc<Mutex<Book>>,
}

impl Scripted {
    pub fn start() -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let shared = Arc::clone(&book);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start_at(address, move |received| shared.lock().unwrap().answer(received)).unwrap();
        Self { server, book }
    }

    /// A Chromium for which every host is this server, at its port and at the port of `http`.
    pub fn browser(&self, arguments: &[&'static str]) -> Session {
        let address = self.server.address();
        Session::start(&format!("MAP *:80 {address}, MAP * {}", address.ip()), arguments)
    }

    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Gives these answers, in order, to the requests whose query ends with `case=` and that id.
    /// Further requests get a 500.
    pub fn script(&self, id: &str, answers: impl IntoIterator<Item = Response>) {
        self.book.lock().unwrap().answers.insert(id.to_owned(), answers.into_iter().collect());
    }

    /// Prepares a call and its answers: fills in `PAGE` and `PORT`, and gives each URL the id. An
    /// answer is a status, with a header on each further line.
    pub fn stage(&self, id: &str, call: &Call, answers: &[&str]) -> (Call, Vec<Response>) {
        let place = |text: &str| text.replace("PORT", &self.port().to_string()).replace("PAGE", PAGE);
        let url = format!("{}?case={id}", place(&call.url));
        let place = |text: &&str| response(&place(text).replace("case=", &format!("case={id}")));
        let answers: Vec<Response> = answers.iter().map(place).collect();
        self.script(id, answers.clone());
        (Call { url, cache: Some("no-store"), ..call.clone() }, answers)
    }

    /// The requests with that id.
    pub fn received(&self, id: &str) -> Vec<Received> {
        self.book.lock().unwrap().received.get(id).cloned().unwrap_or_default()
    }
}

fn response(text: &str) -> Response {
    let mut lines = text.lines().map(str::trim);
    let status = lines.next().unwrap().parse().unwrap();
    Response::new(status, lines.map(|line| line.split_once(':').unwrap()))
}

impl Book {
    fn answer(&mut self, received: &Received) -> Answer {
        let target = String::from_utf8_lossy(&received.target).into_owned();
        let Some((_, id)) = target.split_once("case=") else {
            let page = "<!doctype html><title>A page</title><link rel=icon href=data:,>";
            return Answer::new(200).header("content-type", "text/html").body(page);
        };
        self.received.entry(id.to_owned()).or_default().push(received.clone());
        let response = self.answers.get_mut(id).and_then(VecDeque::pop_front);
        let Some(response) = response else { return Answer::new(500) };
        response.headers.iter().fold(Answer::new(response.status), |answer, (name, value)| answer.header(name, value))
    }
}
