//! Bytes that no browser sends, while four workers serve others.

use corsac_testbed::client::Protocol;
use corsac_testbed::config::{Bootstrap, filter};
use corsac_testbed::hostile::{FIELDS, request, value};
use corsac_testbed::load::Load;
use corsac_testbed::marked::policy;
use corsac_testbed::random::Random;

use super::{answering, start};
use crate::fleet::{assert_that_no_module_broke, module};
use crate::size;

#[test]
fn hostile_bytes_in_every_field_disturb_no_other_client() {
    let corsac = filter::corsac(&module(), &policy(1).as_str().into());
    let envoy = start(&Bootstrap::new(([127, 0, 0, 1], 9).into()).listener(answering("front").filter(corsac)));
    let address = envoy.address("front").unwrap();
    let loads = [Load::on(address), Load::on(address)];
    let mut random = Random(0x0c05_5ac0);
    for number in 0..size(1_500, 200_000) {
        let (field, protocol) = (FIELDS[number % FIELDS.len()], Protocol::ALL[random.below(2)]);
        let request = request(field, &value(&mut random), random.below(2) == 0, "api.test");
        // Envoy may also refuse a request before any filter sees it.
        if let Ok(response) = protocol.send(address, &request) {
            assert!(response.status < 500, "{request:?} got {response:?}");
        }
    }
    for load in loads {
        assert_eq!(load.end().unwrap().policies, [1].into());
    }
    assert_that_no_module_broke(&envoy);
}
