//! Real Redis: single with a password, a master with a replica behind a sentinel, a cluster of three.

use crate::project::{Judged, Project};
use crate::{shell, variable};

fn judged(body: &str) -> Judged {
    Project::new(&format!(
        "[gate]\ntimeout = 5\nretries = 1\nno-static-check = true\n[gate.redis.default]\n{body}"
    ))
    .gate(&[])
}

/// A file with the password of the single server.
fn password(project: &Project, text: &str) {
    project.write("password", text);
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_single_server() {
    let port = variable("BKLOG_LINT_TEST_REDIS_PORT");
    let body = format!(
        "[gate]\nretries = 0\nno-static-check = true\n[gate.redis.default]\nnodes = [\"127.0.0.1:{port}\"]\npassword = \"file:password\"\n"
    );
    let project = Project::new(&body);
    password(&project, "right-password");
    let judged = project.gate(&[]);
    for check in ["connect", "version", "mode", "role", "persistence", "memory"] {
        judged.is(&format!("redis.{check}"), "pass");
    }
    password(&project, "wrong-password");
    let wrong = project.gate(&[]);
    wrong.is("redis.connect", "error");
    assert!(wrong.text("redis.connect", "message").contains("password"), "{}", wrong.shown());
    assert_eq!(wrong.code, 3);
    password(&project, "");
    project.gate(&[]).is("redis.connect", "error");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_user_who_may_not_ask_makes_it_unknown() {
    let port = variable("BKLOG_LINT_TEST_REDIS_PORT");
    shell(&format!(
        "redis-cli -p {port} -a right-password --no-auth-warning ACL SETUSER narrow on '>right-password' -@all +ping"
    ));
    let project = Project::new(&format!(
        "[gate]\nretries = 0\nno-static-check = true\n[gate.redis.default]\nnodes = [\"127.0.0.1:{port}\"]\nuser = \"narrow\"\npassword = \"file:password\"\n"
    ));
    password(&project, "right-password");
    let judged = project.gate(&[]);
    judged.is("redis.connect", "pass").is("redis.info", "error");
    assert_eq!(judged.code, 3);
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn behind_a_sentinel() {
    let sentinel = variable("BKLOG_LINT_TEST_REDIS_SENTINEL_PORT");
    let body = |master: &str| {
        format!(
            "mode = \"sentinel\"\nnodes = [\"127.0.0.1:{sentinel}\"]\nmaster = \"{master}\"\ncache = true\n"
        )
    };
    let good = judged(&body("mymaster"));
    good.is("redis.sentinel", "pass").is("redis.role", "pass").is("redis.mode", "pass");
    let master = variable("BKLOG_LINT_TEST_REDIS_MASTER_PORT");
    assert!(good.text("redis.sentinel", "observed").ends_with(&master), "{}", good.shown());
    judged(&body("nosuch")).is("redis.sentinel", "fail");
    // A sentinel is no server, and a replica takes no writes.
    judged(&format!("nodes = [\"127.0.0.1:{sentinel}\"]\n")).is("redis.mode", "fail");
    let replica = variable("BKLOG_LINT_TEST_REDIS_REPLICA_PORT");
    judged(&format!("nodes = [\"127.0.0.1:{replica}\"]\ncache = true\n")).is("redis.role", "fail");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_cluster() {
    let nodes = variable("BKLOG_LINT_TEST_REDIS_CLUSTER");
    let nodes: Vec<&str> = nodes.split_whitespace().collect();
    // Just after it is made it says that it is down for a moment.
    let port = nodes[0].rsplit_once(':').unwrap().1;
    shell(&format!(
        "for i in $(seq 50); do redis-cli -p {port} cluster info | grep -q cluster_state:ok && exit 0; sleep 0.2; done; exit 1"
    ));
    let good = judged(&format!("mode = \"cluster\"\nnodes = [\"{}\"]\ncache = true\n", nodes[0]));
    good.is("redis.cluster", "pass").is("redis.mode", "pass").is("redis.role", "pass");
    assert_eq!(good.text("redis.cluster", "observed"), "3 nodes", "one names the others");
    judged(&format!("nodes = [\"{}\"]\n", nodes[0])).is("redis.mode", "fail");
}
