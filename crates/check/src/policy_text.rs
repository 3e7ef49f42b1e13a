//! A policy as JSON text that people like to read: fields in the order of the documentation, short
//! lists on a line.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// The longest list that stays on a line. Bytes.
const LINE: usize = 90;

/// The text, with a line break at its end.
pub fn pretty(policy: &Json) -> String {
    let mut text = String::new();
    write_value(policy, 0, &mut text);
    text.push('\n');
    text
}

fn write_value(value: &Json, depth: usize, text: &mut String) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            let mut members: Vec<(&String, &Json)> = members.iter().collect();
            members
                .sort_by_key(|(key, _)| corsac_policy::fields().position(|field| field == *key).unwrap_or(usize::MAX));
            let items = members.into_iter().map(|(key, value)| (Some(key.as_str()), value));
            block(['{', '}'], items, depth, text);
        }
        Json::Array(items) if !is_short(value) => block(['[', ']'], items.iter().map(|item| (None, item)), depth, text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            let _ = write!(text, "[{}]", items.join(", "));
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// A list of scalars that fits on a line.
fn is_short(list: &Json) -> bool {
    let scalars = |items: &Vec<Json>| items.iter().all(|item| !(item.is_object() || item.is_array()));
    list.as_array().is_some_and(scalars) && list.to_string().len() <= LINE
}

fn block<'j>(
    brackets: [char; 2],
    items: impl Iterator<Item = (Option<&'j str>, &'j Json)>,
    depth: usize,
    text: &mut String,
) {
    let [open, close] = brackets;
    text.push(open);
    for (index, (key, value)) in items.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        if let Some(key) = key {
            let _ = write!(text, "{}: ", Json::from(key));
        }
        write_value(value, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_in_the_order_of_the_documentation() {
        let policy = json!({ "maxAge": 1, "allowMethods": ["GET", "PUT"], "allowOrigins": ["https://a.example", { "exact": "*" }] });
        let expected = "{\n  \"allowOrigins\": [\n    \"https://a.example\",\n    {\n      \"exact\": \"*\"\n    }\n  ],\n  \"allowMethods\": [\"GET\", \"PUT\"],\n  \"maxAge\": 1\n}\n";
        assert_eq!(pretty(&policy), expected);
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            ".{0,30}".prop_map(Json::from)
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::btree_map("[a-zA-Z\"]{0,8}", inner, 0..6).prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_is_the_same_value(value in any_json()) {
            prop_assert_eq!(serde_json::from_str::<Json>(&pretty(&value)).ok(), Some(value));
        }
    }
}
