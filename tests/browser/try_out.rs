use crate::{session::*, world::*};
use corsac_testbed::{config::Listener, upstream::Answer};
#[test]
fn try_out() {
    let policy = r#"{ "allowOrigins": ["https://app.example", "http://app.localhost", "http://app.example"], "allowMethods": ["PUT"], "allowHeaders":["x-a"], "allowCredentials": true, "acceptRisks":["insecure-origin-with-credentials"] }"#;
    let t = std::time::Instant::now();
    let world = World::of([
        Listener::new("api").route(route()).filter(corsac(policy)),
        Listener::new("api-tls").route(route()).filter(corsac(policy)).tls(),
    ]);
    println!("{:?}", t.elapsed());
    let s = world.browser();
    println!("{:?}", t.elapsed());
    world.upstream.script(
        "set",
        Answer::new(200)
            .header("set-cookie", "a=b; SameSite=None; Secure")
            .header("set-cookie", "c=plain")
            .header("set-cookie", "l=lax; SameSite=Lax"),
    );
    for page in ["http://app.localhost/", "https://app.example/", "http://app.example/", "https://evil.example/"] {
        s.open(page);
        println!("{page} {:?}", t.elapsed());
        for base in [
            format!("http://api.localhost:{}", world.port("api")),
            format!("https://api.example:{}", world.port("api-tls")),
            format!("http://api.example:{}", world.port("api")),
        ] {
            let calls: Vec<Call> = ["set", "b", "c"]
                .iter()
                .map(|id| Call { url: format!("{base}/x?case={id}"), credentials: Some("include"), ..Call::default() })
                .collect();
            let call = &calls[0];
            let one = s.call(call);
            println!("  {base} {} {} {:?}", one.kind, one.status, one.error);
            let put = Call {
                url: format!("{base}/x?case=put"),
                method: Some("PUT".into()),
                xhr: true,
                headers: vec![("x-a".into(), "1".into())],
                credentials: Some("include"),
                ..Call::default()
            };
            let one = s.call(&put);
            println!("  PUT {} {} {:?} {:?}", one.kind, one.status, one.error, one.headers);
            for r in world.upstream.received("put") {
                println!(
                    "    {:?} {:?}",
                    String::from_utf8_lossy(&r.method),
                    r.headers.joined("cookie").map(|c| String::from_utf8(c).unwrap())
                );
            }
        }
        println!("{:#?}", s.console());
    }
    println!("{:?}", t.elapsed());
    drop(s);
    println!("{:?}", t.elapsed());
    for l in world.envoy.access_log().lines().iter().take(12) {
        println!("{l:?}");
    }
}
