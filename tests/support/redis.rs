//! Real Redis servers on free ports, alone, in a Cluster, or redis by a Sentinel; a test can stop them and start them again.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Runs until it is dropped.
pub struct Redis {
    /// Where it listens.
    pub port: u16,
    directory: TempDir,
    arguments: Vec<String>,
    running: Option<Child>,
}

impl Redis {
    /// A server with nothing in it, which keeps nothing on disk.
    pub fn start(arguments: &[&str]) -> Redis {
        Redis::start_on("--port", |_| arguments.iter().map(|text| (*text).to_owned()).collect())
    }

    /// A server that speaks TLS alone, with the certificate and the key that `files` puts into its directory.
    pub fn start_with_tls(files: impl FnOnce(&Path) -> (std::path::PathBuf, std::path::PathBuf)) -> Redis {
        Redis::start_on("--tls-port", |directory| {
            let (certificate, key) = files(directory);
            let text = |path: std::path::PathBuf| path.into_os_string().into_string().unwrap();
            let fixed = ["--port", "0", "--tls-auth-clients", "no", "--tls-cert-file"];
            let mut arguments = fixed.map(ToOwned::to_owned).to_vec();
            arguments.extend([text(certificate), "--tls-key-file".to_owned(), text(key)]);
            arguments
        })
    }

    fn start_on(port_flag: &str, arguments: impl FnOnce(&Path) -> Vec<String>) -> Redis {
        let directory = TempDir::new().unwrap();
        let port = free_port();
        let mut arguments = arguments(directory.path());
        arguments.extend([port_flag.to_owned(), port.to_string()]);
        let mut redis = Redis {
            port,
            directory,
            arguments,
            running: None,
        };
        redis.start_again();
        redis
    }

    /// What `cache` is set to for it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it, with all that is in it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Whether it has been started and not stopped.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it on the same port, empty.
    pub fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        // A configuration file has to come first.
        let (file, flags) = self
            .arguments
            .split_at(usize::from(!self.arguments[0].starts_with("--")));
        command
            .args(file)
            .args(["--bind", "127.0.0.1", "--dir"])
            .arg(self.directory.path());
        if file.is_empty() {
            command.args(["--save", "", "--appendonly", "no"]);
        }
        let child = command.args(flags).stdout(Stdio::null()).spawn().unwrap();
        self.running = Some(child);
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(Instant::now() < end, "redis-server does not start");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Runs a command in it; gives what it says.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "--no-auth-warning"])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Stops it from doing anything, or lets it go on.
    pub fn signal(&self, name: &str) {
        let process = self.running.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
    }
}

/// Waits until this holds.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Servers that share the keys among them. Another takes over when a master is dead for half a second, if there are replicas.
pub struct Cluster {
    pub nodes: Vec<Redis>,
}

impl Cluster {
    /// Three masters, each with so many replicas.
    pub fn start(replicas: usize) -> Cluster {
        let node = |_| {
            let bus = free_port().to_string();
            let timeout = [
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                "500",
                "--cluster-port",
            ];
            let mut arguments = timeout.to_vec();
            arguments.extend([&*bus, "--cluster-replica-validity-factor", "0"]);
            Redis::start(&arguments)
        };
        let nodes: Vec<Redis> = (0..3 * (1 + replicas)).map(node).collect();
        let addresses = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let created = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(addresses)
            .args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"])
            .output()
            .unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        let cluster = Cluster { nodes };
        let is_whole = |node: &Redis| node.say(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        wait_until("the Cluster is not complete", || cluster.nodes.iter().all(is_whole));
        if replicas > 0 {
            let is_joined = |node: &Redis| {
                let info = node.say(&["INFO", "replication"]);
                info.contains("role:master") || info.contains("master_link_status:up")
            };
            wait_until("a replica has no master", || cluster.nodes.iter().all(is_joined));
        }
        cluster
    }

    /// What `cache` is set to for it, with this node first.
    pub fn url_from(&self, first: usize) -> String {
        let count = self.nodes.len();
        let nodes = (0..count).map(|at| format!("127.0.0.1:{}", self.nodes[(first + at) % count].port));
        format!("redis://{}", nodes.collect::<Vec<_>>().join(","))
    }

    /// The number of the node that has this key, which must exist.
    pub fn owner(&self, key: &str) -> usize {
        let has = |node: &Redis| node.is_running() && node.say(&["EXISTS", key]) == "1";
        self.nodes.iter().position(has).expect("a node that has the key")
    }

    /// All keys, of all nodes.
    pub fn keys(&self) -> Vec<String> {
        let masters = self.nodes.iter().filter(|node| node.is_running());
        let keys = masters.map(|node| node.say(&["--raw", "KEYS", "*"]));
        let mut keys: Vec<String> = keys
            .flat_map(|keys| keys.lines().map(ToOwned::to_owned).collect::<Vec<_>>())
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// A master, its replica, and a Sentinel that lets the replica take over when the master is dead for half a second.
pub struct WithSentinel {
    pub master: Redis,
    pub replica: Redis,
    pub sentinel: Redis,
}

impl WithSentinel {
    /// Starts the three. All of them want this password, if there is one.
    pub fn start(password: Option<&str>) -> WithSentinel {
        let login = password.map_or(Vec::new(), |word| vec!["--requirepass", word, "--masterauth", word]);
        let master = Redis::start(&login);
        let port = master.port.to_string();
        let replica = Redis::start(&[&login[..], &["--replicaof", "127.0.0.1", &port]].concat());
        let sentinel = Redis::start_on("--port", |directory| {
            let file = directory.join("sentinel.conf");
            let mut text = format!(
                "sentinel monitor mymaster 127.0.0.1 {port} 1\nsentinel down-after-milliseconds mymaster 500\n\
                 sentinel failover-timeout mymaster 3000\n"
            );
            if let Some(password) = password {
                text += &format!("sentinel auth-pass mymaster {password}\nrequirepass {password}\n");
            }
            std::fs::write(&file, text).unwrap();
            vec![file.to_str().unwrap().to_owned(), "--sentinel".to_owned()]
        });
        let redis = WithSentinel {
            master,
            replica,
            sentinel,
        };
        let login = password.map_or(Vec::new(), |word| vec!["-a", word]);
        let joined = || {
            let info = redis.master.say(&[&login[..], &["INFO", "replication"]].concat());
            let seen = redis
                .sentinel
                .say(&[&login[..], &["SENTINEL", "REPLICAS", "mymaster"]].concat());
            info.contains("state=online") && seen.contains("flags\nslave\n")
        };
        wait_until("the replica has not joined", joined);
        redis
    }

    /// What `cache` is set to for it.
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/mymaster", self.sentinel.port)
    }

    /// Whether the replica has taken over.
    pub fn has_failed_over(&self) -> bool {
        self.replica.say(&["ROLE"]).starts_with("master")
    }
}

/// Redis cannot say which port the kernel gave it. This one was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
