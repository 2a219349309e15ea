//! The files in deploy/: what they say of the program is so, and their nginx balances as it says.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use testkit::{Accessd, Certificate, Nginx, Reply, Scripted, program};
use yaml_rust2::{Yaml, YamlLoader};

const COMPOSE: &str = include_str!("../../deploy/compose.yaml");
const DOCKERFILE: &str = include_str!("../../deploy/Dockerfile");
const KUBERNETES: &str = include_str!("../../deploy/kubernetes.yaml");
const NGINX: &str = include_str!("../../deploy/nginx.conf");
const WORKSPACE: &str = include_str!("../../Cargo.toml");

const USER: i64 = 65532;
/// What requests in progress get when the service ends (docs/accessd.md, Signals), in seconds.
const DRAIN: i64 = 10;

fn text(yaml: &Yaml) -> &str {
    yaml.as_str().unwrap_or_else(|| panic!("no text: {yaml:?}"))
}

fn texts(yaml: &Yaml) -> Vec<&str> {
    yaml.as_vec().unwrap().iter().map(text).collect()
}

fn compose() -> Yaml {
    YamlLoader::load_from_str(COMPOSE).unwrap().remove(0)
}

fn kubernetes(kind: &str) -> Yaml {
    let documents = YamlLoader::load_from_str(KUBERNETES).unwrap();
    documents.into_iter().find(|document| document["kind"].as_str() == Some(kind)).expect(kind)
}

/// What `accessd check` says to these settings; the files they name are there, and have the rights they need.
fn check(mut settings: BTreeMap<String, String>) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in &mut settings {
        if name.ends_with("_FILE") {
            let file = folder.path().join(name);
            let holds =
                if name.contains("CA") { Certificate::for_host("db").pem } else { "secret".to_owned() };
            fs::write(&file, holds).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
            *value = file.display().to_string();
        }
    }
    let ran = Command::new(program("accessd")).arg("check").env_clear().envs(settings).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// An image is named with the version it was tried with.
fn assert_pinned(image: &str) {
    let (_, tag) = image.rsplit_once(':').unwrap_or_else(|| panic!("{image} has no version"));
    assert!(tag.split_once('-').map_or(tag, |(version, _)| version).matches('.').count() >= 1, "{image}");
    assert!(tag.starts_with(|c: char| c.is_ascii_digit()), "{image}");
}

#[test]
fn the_settings_of_compose_are_settings_and_every_secret_is_a_file() {
    let compose = compose();
    let services = compose["services"].as_hash().unwrap();
    for name in ["accessd-1", "accessd-2"] {
        let accessd = &compose["services"][name];
        let settings: BTreeMap<String, String> = accessd["environment"]
            .as_hash()
            .unwrap()
            .iter()
            .map(|(name, value)| (text(name).to_owned(), text(value).to_owned()))
            .collect();
        for (name, file) in settings.iter().filter(|(name, _)| name.ends_with("_FILE")) {
            let secret = file.strip_prefix("/run/secrets/").expect(name);
            assert!(texts(&accessd["secrets"]).contains(&secret), "{secret}");
            assert_eq!(text(&compose["secrets"][secret]["file"]), format!("./secrets/{secret}"));
            assert!(COMPOSE.contains(&format!("> secrets/{secret}\n")), "how {secret} is made");
        }
        let folder = &settings["ACCESSD_DATA_DIR"];
        let place = format!("{folder}:uid={USER},gid={USER},mode=0700,size=16m");
        assert_eq!(texts(&accessd["tmpfs"]), [place.as_str()]);
        let said = check(settings);
        for line in [
            "database.url = postgres://accessd@postgres:5432/accessd?sslmode=disable  (",
            "database-password = (not shown)",
            "server.listen = 0.0.0.0:8082  (",
        ] {
            assert!(said.lines().any(|said| said.starts_with(line)), "{line}: {said}");
        }
        let grace: i64 = text(&accessd["stop_grace_period"]).trim_end_matches('s').parse().unwrap();
        assert!(grace > DRAIN);
        assert_eq!(accessd["read_only"].as_bool(), Some(true));
        assert_eq!(texts(&accessd["cap_drop"]), ["ALL"]);
    }
    for (name, service) in services {
        assert_pinned(text(&service["image"]));
        assert!(!service["mem_limit"].is_badvalue() && !service["cpus"].is_badvalue(), "{name:?}");
    }
    // Only the balancer is reached from outside, and from this machine alone.
    let open: Vec<&Yaml> = services
        .iter()
        .filter(|(_, service)| !service["ports"].is_badvalue())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(open, [&Yaml::String("balancer".to_owned())]);
    assert_eq!(texts(&compose["services"]["balancer"]["ports"]), ["127.0.0.1:8082:8080"]);
    assert_eq!(compose["networks"]["inside"]["internal"].as_bool(), Some(true));
}

#[test]
fn the_health_check_of_compose_tells_a_service_that_is_ready() {
    let compose = compose();
    let test = &compose["services"]["accessd-1"]["healthcheck"]["test"];
    let [kind, shell, flag, script] = texts(test)[..] else { panic!("{test:?}") };
    assert_eq!((kind, shell, flag), ("CMD", "bash", "-c"));
    assert_eq!(script.matches("/127.0.0.1/8082 ").count(), 1);
    // Compose itself takes one $ of two.
    let script = script.replace("$$", "$");
    let says = |port: u16| {
        let script = script.replace("/127.0.0.1/8082 ", &format!("/127.0.0.1/{port} "));
        Command::new("bash").arg("-c").arg(script).output().unwrap().status.success()
    };
    let accessd = Accessd::start();
    assert!(says(accessd.port()));
    accessd.kill();
    assert!(!says(accessd.port()));
    let port = |scripted: &Scripted| scripted.url().rsplit_once(':').unwrap().1.parse().unwrap();
    assert!(!says(port(&Scripted::answering(vec![Reply::json(503, "{}")]))));
}

#[test]
fn the_settings_of_kubernetes_are_settings_and_its_probes_are_answered() {
    let deployment = kubernetes("Deployment");
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let mut settings: BTreeMap<String, String> = container["env"]
        .as_vec()
        .unwrap()
        .iter()
        .map(|one| (text(&one["name"]).to_owned(), text(&one["value"]).to_owned()))
        .collect();

    // Each file is a key of the Secret, and the comment says how it comes there.
    let mount = format!("{}/", text(&container["volumeMounts"][0]["mountPath"]));
    let secret = &pod["volumes"][0]["secret"];
    assert_eq!(secret["defaultMode"].as_i64(), Some(0o440));
    let items = secret["items"].as_vec().unwrap();
    for (name, file) in settings.iter().filter(|(name, _)| name.ends_with("_FILE")) {
        let path = file.strip_prefix(&mount).expect(name);
        assert!(items.iter().any(|item| text(&item["path"]) == path && text(&item["key"]) == path), "{path}");
        assert!(KUBERNETES.contains(&format!("--from-file={path}")), "{path}");
    }
    // In the volume for data, and a folder of its own there.
    let data = settings["ACCESSD_DATA_DIR"].strip_prefix(text(&container["volumeMounts"][1]["mountPath"]));
    assert!(data.is_some_and(|inner| inner.len() > 1), "{data:?}");
    settings.insert("ACCESSD_LOG_LEVEL".to_owned(), "info".to_owned());
    let said = check(settings);
    assert!(said.contains("/accessd?sslmode=verify-full  ("), "{said}");

    // A Service named accessd would set ACCESSD_… in its pods.
    assert_eq!(pod["enableServiceLinks"].as_bool(), Some(false));
    assert_eq!(container["ports"][0]["containerPort"].as_i64(), Some(8082));
    assert!(said.contains("server.listen = 0.0.0.0:8082  ("));
    let port = text(&container["ports"][0]["name"]);
    assert_eq!(text(&kubernetes("Service")["spec"]["ports"][0]["targetPort"]), port);

    let accessd = Accessd::start();
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let get = &container[probe]["httpGet"];
        assert_eq!(text(&get["port"]), port);
        accessd.http().get(text(&get["path"])).send().expect(200);
    }
    assert!(text(&container["readinessProbe"]["httpGet"]["path"]).ends_with("/readiness"));

    let [sleep, seconds] = texts(&container["lifecycle"]["preStop"]["exec"]["command"])[..] else { panic!() };
    let before: i64 = seconds.parse().unwrap();
    assert!(sleep == "sleep" && pod["terminationGracePeriodSeconds"].as_i64() > Some(before + DRAIN));

    assert_pinned(text(&container["image"]));
    assert_eq!(pod["securityContext"]["runAsUser"].as_i64(), Some(USER));
    assert_eq!(pod["securityContext"]["fsGroup"].as_i64(), Some(USER));
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"].as_bool(), Some(true));
    for limit in ["cpu", "memory"] {
        assert!(!container["resources"]["limits"][limit].is_badvalue());
    }

    // All of them speak of the same pods.
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&kubernetes("Service")["spec"]["selector"], labels);
    let budget = kubernetes("PodDisruptionBudget");
    assert_eq!(&budget["spec"]["selector"]["matchLabels"], labels);
    assert!(budget["spec"]["minAvailable"].as_i64() < deployment["spec"]["replicas"].as_i64());
}

#[test]
fn the_image_is_made_by_the_compiler_of_the_workspace_and_runs_as_nobody() {
    let lines = |word: &str| -> Vec<&str> {
        DOCKERFILE.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).collect()
    };
    let from = lines("FROM");
    let images: Vec<&str> = from.iter().map(|from| from.split(' ').next().unwrap()).collect();
    images.iter().for_each(|image| assert_pinned(image));
    let (_, version) = WORKSPACE.split_once("rust-version = \"").unwrap();
    let (version, _) = version.split_once('"').unwrap();
    assert!(images[0].starts_with(&format!("rust:{version}.")), "{}", images[0]);
    assert_eq!(lines("USER"), [format!("{USER}:{USER}")]);
    assert_eq!(lines("EXPOSE"), ["8082"]);
    assert_eq!(lines("CMD"), [r#"["serve"]"#]);
    assert!(lines("RUN").iter().all(|run| run.contains("--locked")));
}

/// The configuration, between these two replicas.
fn balanced(replicas: [&Scripted; 2]) -> Nginx {
    let mut text = NGINX.to_owned();
    for (number, replica) in replicas.iter().enumerate() {
        let name = format!("accessd-{}:8082", number + 1);
        assert_eq!(text.matches(&name).count(), 1, "{name}");
        text = text.replace(&name, replica.url().strip_prefix("http://").unwrap());
    }
    Nginx::start(&text, "8080")
}

#[test]
fn the_balancer_uses_both_replicas_and_passes_on_what_was_said() {
    let replicas = [(); 2].map(|()| Scripted::answering(vec![Reply::token()]));
    let nginx = balanced([&replicas[0], &replicas[1]]);
    for number in 0..8 {
        let path = format!("/access/api/v1/tokens/%61//b?username=x%20{number}");
        let call = nginx.http().post(&path).bearer("a.b.c").header("Idempotency-Key", "k");
        call.header("X-JFrog-Art-Api", "key").form(&[("scope", "x")]).send().expect(200);
    }
    let received = replicas.each_ref().map(Scripted::received);
    assert!(received.iter().all(|received| !received.is_empty()));
    assert_eq!(received.iter().map(Vec::len).sum::<usize>(), 8);
    for request in received.iter().flatten() {
        assert!(
            request.line.starts_with("POST /access/api/v1/tokens/%61//b?username=x%20"),
            "{}",
            request.line
        );
        for (name, value) in
            [("Authorization", "Bearer a.b.c"), ("Idempotency-Key", "k"), ("X-JFrog-Art-Api", "key")]
        {
            assert_eq!(request.header(name), Some(value));
        }
        let host = format!("127.0.0.1:{}", nginx.port());
        assert_eq!(request.header("Host"), Some(host.as_str()));
    }
}

#[test]
fn the_balancer_passes_over_a_replica_that_is_gone_and_sends_no_post_twice() {
    let [there, gone] = [(); 2].map(|()| Scripted::answering(vec![Reply::token()]));
    let nginx = balanced([&there, &gone]);
    drop(gone);
    for _ in 0..8 {
        nginx.http().post("/access/api/v1/tokens").send().expect(200);
    }
    assert_eq!(there.received().len(), 8);

    // What a replica took and did not answer may have been done.
    let silent = [(); 2].map(|()| Scripted::answering(vec![Reply::HangUp]));
    let nginx = balanced([&silent[0], &silent[1]]);
    nginx.http().post("/access/api/v1/tokens").send().expect(502);
    assert_eq!(silent.iter().map(|replica| replica.received().len()).sum::<usize>(), 1);
}
