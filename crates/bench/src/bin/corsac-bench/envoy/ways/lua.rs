//! The policy as a Lua filter, as a careful person would write it by hand.
//!
//! It answers the benchmark's requests with exactly Corsac's headers ([`super::answers`]). It does
//! less than Corsac: it logs no refusal, and knows no port, host, path or route.

use crate::envoy::variant::List;

/// A filter whose functions do nothing.
pub const EMPTY: &str = "function envoy_on_request(handle) end\nfunction envoy_on_response(handle) end\n";

/// The script for a list.
pub fn script(list: List) -> String {
    let entries = list.entries();
    let is_allowed = match list {
        List::Exact(_) => exact(&entries),
        List::Regexes(_) => regexes(&entries),
    };
    format!("{is_allowed}{POLICY}")
}

/// A table look-up.
fn exact(origins: &[String]) -> String {
    let entries: Vec<String> = origins.iter().map(|origin| format!("[\"{origin}\"]=true")).collect();
    format!("local allowed = {{{}}}\nlocal function is_allowed(origin) return allowed[origin] end\n", entries.join(","))
}

/// Lua has patterns and no regexes. The benchmark's regexes allow a domain and everything under it,
/// so the script finds the domain at the end and then checks the labels.
fn regexes(regexes: &[String]) -> String {
    let domains = regexes.iter().filter_map(|regex| regex.strip_prefix(r"https://([a-z0-9-]+\.)*"));
    let patterns: Vec<String> =
        domains.map(|domain| format!("\"^https://(.*){}$\"", domain.replace(r"\.", "%."))).collect();
    format!("local patterns = {{{}}}\n{MATCH}", patterns.join(","))
}

const MATCH: &str = r#"
local function is_allowed(origin)
  for index = 1, #patterns do
    local labels = origin:match(patterns[index])
    if labels and (labels == "" or (labels:find("^[a-z0-9.-]+%.$") and not labels:find("^%.") and not labels:find("..", 1, true))) then
      return true
    end
  end
  return false
end
"#;

const POLICY: &str = r#"
local methods = { GET = true, PUT = true }
local names = { ["content-type"] = true }
local vary_of_preflights = "origin, access-control-request-method, access-control-request-headers"

local function names_are_allowed(list)
  for name in list:gmatch("[^,%s]+") do
    if not names[name:lower()] then return false end
  end
  return true
end

-- The response cannot be told from the request's headers, so the decision waits in the metadata.
local function remember(handle, key, value)
  handle:streamInfo():dynamicMetadata():set("cors", key, value)
end

local function answer_preflight(handle, headers, origin, method)
  remember(handle, "answered", true)
  local asked = headers:get("access-control-request-headers")
  if is_allowed(origin) and methods[method] and (not asked or names_are_allowed(asked)) then
    handle:respond({
      [":status"] = "204",
      ["access-control-allow-origin"] = origin,
      ["access-control-allow-credentials"] = "true",
      ["access-control-allow-methods"] = "GET, PUT",
      ["access-control-allow-headers"] = "content-type",
      ["access-control-max-age"] = "600",
      ["vary"] = vary_of_preflights,
    })
  else
    handle:respond({ [":status"] = "403", ["vary"] = vary_of_preflights })
  end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local origin = headers:get("origin")
  if not origin then return end
  local method = headers:get("access-control-request-method")
  if method and headers:get(":method") == "OPTIONS" then
    answer_preflight(handle, headers, origin, method)
  elseif is_allowed(origin) then
    remember(handle, "origin", origin)
  end
end

local function vary_by_origin(headers)
  local vary = headers:get("vary")
  if not vary then
    headers:add("vary", "origin")
  elseif not vary:find("*", 1, true) and not (", " .. vary:lower() .. ","):find("[,%s]origin[,%s]") then
    headers:replace("vary", vary .. ", origin")
  end
end

function envoy_on_response(handle)
  local decision = handle:streamInfo():dynamicMetadata():get("cors")
  if decision and decision.answered then return end
  local headers = handle:headers()
  if decision then
    headers:replace("access-control-allow-origin", decision.origin)
    headers:replace("access-control-allow-credentials", "true")
  else
    headers:remove("access-control-allow-origin")
    headers:remove("access-control-allow-credentials")
  end
  headers:remove("access-control-expose-headers")
  vary_by_origin(headers)
end
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_a_list_is_in_its_script() {
        assert_eq!(script(List::Exact(100)).matches("=true").count(), 100);
        assert_eq!(script(List::Regexes(10)).matches("^https://(.*)").count(), 10);
        assert!(script(List::Regexes(10)).contains("\"^https://(.*)askedsite00%.com$\""));
    }
}
