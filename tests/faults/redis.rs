//! Redis servers that do not work: the token comes from the token server.

use std::io::{Read, Write};

use spotify_token::ErrorKind::{InvalidClient, RateLimited};
use spotify_token::stand_in::Reply;
use spotify_token::unstable::Logger;

use super::place::Place;
use super::row::{Ends, Row, fails, survives};
use super::store::{in_the_way, refused_before};
use super::support::NOWHERE;
use super::support::clock::Moved;
use super::support::redis::Redis;
use super::support::tls::{Ca, serve};

pub const ABOUT: &str = "Redis, in a build with the cargo feature `redis`. If it fails, the token comes from the token server, and the \
logger gets a warning. See [stores.md](stores.md) for more.";

const NEEDS: &[&str] = &["command -v redis-server", "command -v redis-cli"];

/// A port that is not used for Redis.
const DEAD: u16 = 9;

/// A real server with these arguments, set as the store with this login and path.
fn server(place: &mut Place, arguments: &[&str], login: &str, path: &str) -> std::rc::Rc<Redis> {
    let redis = std::rc::Rc::new(Redis::start(arguments));
    let url = format!("redis://{login}127.0.0.1:{}{path}", redis.port);
    place.spotify().set("SPOTIFY_CACHE", &url);
    place.keep(redis.clone());
    redis
}

/// A server that sends this for whatever it is sent; PORT is its port.
fn sends(place: &mut Place, scheme: &str, path: &str, response: &'static str) {
    let port = std::sync::Arc::new(std::sync::OnceLock::<u16>::new());
    let own_port = port.clone();
    let listening = serve(move |mut stream| {
        let response = response.replace("PORT", &own_port.wait().to_string());
        while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
            if stream.write_all(response.as_bytes()).is_err() {
                return;
            }
        }
    });
    port.set(listening).unwrap();
    let url = format!("{scheme}://127.0.0.1:{listening}{path}");
    place.spotify().set("SPOTIFY_CACHE", &url);
}

/// A server in which a token was stored; and its key.
fn used(place: &mut Place) -> (std::rc::Rc<Redis>, String) {
    let redis = server(place, &[], "", "");
    let client = place.client(Logger::default(), Some(Moved::new())).unwrap();
    client.token().unwrap();
    let keys = redis.say(&["--raw", "KEYS", "*}"]);
    (redis, keys)
}

fn refuses(fault: &'static str, words: &'static str, arrange: impl Fn(&mut Place) + Send + Sync + 'static) -> Row {
    in_the_way(fault, words, arrange).needs(NEEDS)
}

pub fn rows() -> Vec<Row> {
    let rows = vec![
        in_the_way("nothing listens on the port of Redis", "cannot connect", |place| {
            place
                .spotify()
                .set("SPOTIFY_CACHE", &format!("redis://127.0.0.1:{DEAD}"));
        }),
        in_the_way("the host of Redis does not exist", "cannot find the host", |place| {
            place.spotify().set("SPOTIFY_CACHE", &format!("redis://{NOWHERE}"));
        }),
        in_the_way("Redis does not respond", "no response", |place| {
            sends(place, "redis", "", "");
            place.hurried();
        })
        .ends(Ends::AfterTheStore),
        in_the_way("the server is not Redis", "not one of Redis", |place| {
            sends(place, "redis", "", "HTTP/1.1 400 Bad Request\r\n\r\n");
        }),
        refuses("Redis requires a password", "refused with NOAUTH", |place| {
            server(place, &["--requirepass", "canary"], "", "");
        }),
        refuses("the password for Redis is wrong", "refused with WRONGPASS", |place| {
            server(place, &["--requirepass", "secret"], ":canary@", "");
        }),
        refuses(
            "the user of Redis may not use the keys",
            "refused with NOPERM",
            |place| {
                let redis = server(place, &[], "app:canary@", "");
                let created = redis.say(&["ACL", "SETUSER", "app", "on", ">canary", "~other:*", "+@all"]);
                assert_eq!(created, "OK");
            },
        ),
        refuses("Redis has no database of that number", "refused with ERR", |place| {
            server(place, &[], "", "/7777");
        }),
        refuses("Redis has no memory left", "refused with OOM", |place| {
            server(place, &["--maxmemory", "100kb"], "", "");
        }),
        refuses("Redis is a replica", "refused with READONLY", |place| {
            let dead = DEAD.to_string();
            server(place, &["--replicaof", "127.0.0.1", &dead], "", "");
        }),
        refuses(
            "the certificate of Redis is from an unknown CA",
            "no secure connection",
            |place| {
                let ca = Ca::new();
                let redis = Redis::start_with_tls(|directory| ca.server_files_in(directory));
                let url = format!("rediss://127.0.0.1:{}", redis.port);
                place.spotify().set("SPOTIFY_CACHE", &url);
                place.keep(redis);
            },
        ),
        refuses("the record in Redis is damaged", "damaged", |place| {
            let (redis, key) = used(place);
            redis.say(&["SET", &key, "{\"BQcanary"]);
        }),
        refuses("the record in Redis is a list", "not a token", |place| {
            let (redis, key) = used(place);
            redis.say(&["DEL", &key]);
            redis.say(&["RPUSH", &key, "canary"]);
        }),
        refuses(
            "no node of the Cluster has the keys",
            "refused with CLUSTERDOWN",
            |place| {
                server(place, &["--cluster-enabled", "yes"], "", "");
            },
        ),
        in_the_way(
            "the node of the Cluster that has the keys is dead",
            "cannot connect",
            |place| {
                sends(place, "redis", "", "-MOVED 1 127.0.0.1:9\r\n");
            },
        ),
        in_the_way(
            "the nodes of the Cluster send us in a circle",
            "redirect without end",
            |place| {
                sends(place, "redis", "", "-MOVED 1 127.0.0.1:PORT\r\n");
            },
        ),
        in_the_way("no Sentinel can be reached", "cannot connect", |place| {
            let url = format!("redis+sentinel://127.0.0.1:{DEAD}/mymaster");
            place.spotify().set("SPOTIFY_CACHE", &url);
        }),
        in_the_way("the Sentinels know no such master", "knows no master", |place| {
            sends(place, "redis+sentinel", "/mymaster", "*-1\r\n");
        }),
        survives("a token is stored in Redis", |place| {
            used(place);
            place.forget_requests();
        })
        .needs(NEEDS)
        .requests(0),
        survives("another machine holds the lease and hangs", |place| {
            let (redis, key) = used(place);
            redis.say(&["DEL", &key]);
            redis.say(&["SET", &format!("{key}:lease"), "another"]);
            place.hurried().forget_requests();
        })
        .needs(NEEDS)
        .ends(Ends::WithTheCall),
        fails(
            "the server refused another machine a moment ago",
            InvalidClient,
            "dashboard",
            |place| {
                server(place, &[], "", "");
                refused_before(place, Reply::json(400, r#"{"error":"invalid_client"}"#));
            },
        )
        .needs(NEEDS),
        fails(
            "the server told another machine to wait",
            RateLimited,
            "Try again in more than a day",
            |place| {
                server(place, &[], "", "");
                refused_before(place, Reply::empty(429).header("Retry-After", "90000"));
            },
        )
        .needs(NEEDS),
    ];
    rows.into_iter().map(|row| row.redis(true)).collect()
}
