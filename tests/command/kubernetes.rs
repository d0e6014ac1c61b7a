//! The manifest in packaging/kubernetes: Kubernetes' schemas accept it, and its sidecar works as the kubelet starts it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::installed::root;
use crate::support::keeper::names;
use crate::support::place::{Place, send_signal, stdout};
use crate::support::{ID, SECRET, eventually, server, tools};

const MANIFEST: &str = "packaging/kubernetes/job.yaml";

/// The first version in which a sidecar needs no feature gate, and the newest that the validator has.
const VERSIONS: [&str; 2] = ["1.29", "1.37"];

fn validate(manifest: &Path, version: &str) -> Output {
    let mut command = Command::new("kubernetes-validate");
    command
        .args(["--strict", "--kubernetes-version", version])
        .arg(manifest)
        .output()
        .unwrap()
}

/// The manifest. Python's YAML comes with the validator.
fn manifest() -> Value {
    let to_json = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let mut command = Command::new("python3");
    command
        .args(["-c", to_json])
        .stdin(fs::File::open(root().join(MANIFEST)).unwrap());
    serde_json::from_str(stdout(&command.output().unwrap())).unwrap()
}

/// The words of a command, with the directories of a container in this one.
fn words(command: &Value, root: &Path) -> Vec<String> {
    let words = command.as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    words.map(|word| moved(word, root)).collect()
}

fn moved(word: &str, root: &Path) -> String {
    if word.starts_with('/') {
        format!("{}{word}", root.display())
    } else {
        word.to_owned()
    }
}

#[test]
fn kubernetes_schemas_accept_the_manifest_and_nothing_else() {
    if !tools::require("kubernetes-validate") {
        return;
    }
    for version in VERSIONS {
        let output = validate(&root().join(MANIFEST), version);
        assert!(output.status.success(), "{version}: {output:?}");
    }
    let directory = tempfile::tempdir().unwrap();
    let misspelled = directory.path().join("job.yaml");
    let text = fs::read_to_string(root().join(MANIFEST)).unwrap();
    fs::write(
        &misspelled,
        text.replace("restartPolicy: Always", "restartPolcy: Always"),
    )
    .unwrap();
    assert!(!validate(&misspelled, VERSIONS[0]).status.success());
}

#[test]
fn the_sidecar_works_as_the_kubelet_starts_it_and_ends_when_it_is_told_to() {
    if !tools::require("kubernetes-validate") {
        return;
    }
    let job = manifest();
    let sidecar = &job["spec"]["template"]["spec"]["initContainers"][0];
    assert_eq!(
        sidecar["restartPolicy"], "Always",
        "an init container that ends holds up the program"
    );
    let server = server();
    let mut place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    let root = place.directory.path().to_owned();
    for mount in sidecar["volumeMounts"].as_array().unwrap() {
        fs::create_dir_all(moved(mount["mountPath"].as_str().unwrap(), &root)).unwrap();
    }
    for variable in sidecar["env"].as_array().unwrap() {
        let value = moved(variable["value"].as_str().unwrap(), &root);
        place = place.variable(variable["name"].as_str().unwrap(), &value);
    }
    // The kubelet lays a secret out as links, which it can change at once.
    let secret = root.join("etc/spotify");
    fs::create_dir(secret.join("..one")).unwrap();
    symlink("..one", secret.join("..data")).unwrap();
    for (name, value) in [("client_id", ID), ("client_secret", SECRET)] {
        fs::write(secret.join("..one").join(name), value).unwrap();
        symlink(Path::new("..data").join(name), secret.join(name)).unwrap();
    }

    let command = words(&sidecar["command"], &root);
    let arguments: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
    let mut keeper = place.command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let probe = words(&sidecar["startupProbe"]["exec"]["command"], &root);
    eventually("the startup", || {
        Command::new(&probe[0]).args(&probe[1..]).status().unwrap().success()
    });
    send_signal(&keeper, "TERM");
    assert!(keeper.wait().unwrap().success());
    assert_eq!(names(&root.join("run/spotify")), Vec::<String>::new());
}
