//! tower's side of the measurement: the same requests with a balance and without, one window for each line of input.
//! `bal-bench-tower <shape> <load> <endpoints> <requests in a window>`; answers a line "<bare> <balanced>", ns a request.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::future::{poll_fn, Future};
use std::io::{stdin, BufRead};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use tower::balance::p2c::Balance;
use tower::discover::Change;
use tower::load::{CompleteOnResponse, Constant, Load, PeakEwma, PendingRequests};
use tower::Service;

/// Answers at once, or when it is looked at for the second time.
#[derive(Clone)]
struct Endpoint {
    later: bool,
}

struct Answer {
    request: u64,
    looks: u8,
}

impl Future for Answer {
    type Output = Result<u64, Infallible>;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.looks > 0 {
            self.looks -= 1;
            return Poll::Pending;
        }
        Poll::Ready(Ok(self.request))
    }
}

impl Service<u64> for Endpoint {
    type Response = u64;
    type Error = Infallible;
    type Future = Answer;
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
    fn call(&mut self, request: u64) -> Answer {
        Answer { request, looks: self.later as u8 }
    }
}

/// A discover that is fed by hand.
struct Fed<S>(Rc<RefCell<VecDeque<Change<u64, S>>>>);

impl<S> Stream for Fed<S> {
    type Item = Result<Change<u64, S>, Infallible>;
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.borrow_mut().pop_front() {
            Some(change) => Poll::Ready(Some(Ok(change))),
            None => Poll::Pending,
        }
    }
}

async fn plain<S: Service<u64, Response = u64>>(service: &mut S, requests: u64) -> u64
where
    S::Error: std::fmt::Debug,
{
    let mut sum = 0;
    for request in 0..requests {
        poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
        sum += service.call(request).await.unwrap();
    }
    sum
}

/// A hundred begin, then each is answered on a later turn.
async fn flight<S: Service<u64, Response = u64>>(service: &mut S, requests: u64) -> u64
where
    S::Error: std::fmt::Debug,
{
    let mut sum = 0;
    let mut flying: Vec<S::Future> = Vec::with_capacity(100);
    for _ in 0..requests / 100 {
        for request in 0..100 {
            poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
            flying.push(service.call(request));
        }
        for _ in 0..2 {
            for future in &mut flying {
                // It stays where it is until it is dropped: the vector has room for all.
                let mut future = unsafe { Pin::new_unchecked(future) };
                let look = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
                if let Poll::Ready(answer) = look {
                    sum += answer.unwrap();
                }
            }
        }
        flying.clear();
    }
    sum
}

struct Churn<S> {
    changes: Rc<RefCell<VecDeque<Change<u64, S>>>>,
    make: fn(Endpoint) -> S,
    oldest: u64,
    next: u64,
}

impl<S> Churn<S> {
    fn one(&mut self) {
        let mut changes = self.changes.borrow_mut();
        changes.push_back(Change::Remove(self.oldest));
        changes.push_back(Change::Insert(self.next, (self.make)(Endpoint { later: false })));
        self.oldest += 1;
        self.next += 1;
    }
}

fn ns(begin: Instant, requests: u64) -> f64 {
    begin.elapsed().as_nanos() as f64 / requests as f64
}

async fn bench<S>(shape: &str, endpoints: u64, requests: u64, make: fn(Endpoint) -> S)
where
    S: Service<u64, Response = u64> + Load,
    S::Metric: std::fmt::Debug,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let later = shape == "flight";
    let mut best_building = f64::MAX;
    let build = || async {
        let changes = Rc::new(RefCell::new(VecDeque::new()));
        changes.borrow_mut().extend((0..endpoints).map(|key| Change::Insert(key, make(Endpoint { later }))));
        let begin = Instant::now();
        let mut balance = Balance::new(Fed(changes.clone()));
        poll_fn(|cx| balance.poll_ready(cx)).await.unwrap();
        (balance, changes, ns(begin, endpoints))
    };
    let (mut balance, changes, _) = build().await;
    let mut churn = Churn { changes, make, oldest: 0, next: endpoints };
    let mut bare = Endpoint { later };
    let mut sum = 0;
    for _ in stdin().lock().lines() {
        if shape == "build" {
            best_building = best_building.min(build().await.2);
            println!("0 {best_building:.1}");
            continue;
        }
        let begin = Instant::now();
        sum += if later { flight(&mut bare, requests).await } else { plain(&mut bare, requests).await };
        let without = ns(begin, requests);
        let begin = Instant::now();
        match shape {
            "flight" => sum += flight(&mut balance, requests).await,
            "churn" => {
                for _ in 0..requests {
                    churn.one();
                    sum += plain(&mut balance, 1).await;
                }
            }
            _ => sum += plain(&mut balance, requests).await,
        }
        println!("{without:.1} {:.1}", ns(begin, requests));
    }
    eprint!("{}", if sum == 1 { " " } else { "" });
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (shape, load) = (args[1].as_str(), args[2].as_str());
    let (endpoints, requests) = (args[3].parse().unwrap(), args[4].parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        match load {
            "constant" => bench(shape, endpoints, requests, |inner| Constant::new(inner, 1u32)).await,
            "pending" => bench(shape, endpoints, requests, pending).await,
            "peak" => bench(shape, endpoints, requests, peak).await,
            _ => panic!("constant, pending or peak"),
        }
    });
}

fn pending(inner: Endpoint) -> PendingRequests<Endpoint> {
    PendingRequests::new(inner, CompleteOnResponse::default())
}

fn peak(inner: Endpoint) -> PeakEwma<Endpoint> {
    let decay_ns = 10e9;
    PeakEwma::new(inner, Duration::from_millis(10), decay_ns, CompleteOnResponse::default())
}
