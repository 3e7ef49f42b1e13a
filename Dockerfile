# Builds the module without Rust on this machine, as the image that Istio and Envoy Gateway pull: one layer, `plugin.wasm`.
#
#     docker build --tag registry.example.com/corsac:0.1.0 .
#     docker build --output target/corsac .                   # plugin.wasm into that folder instead
#
# `--build-arg MODULE=given` takes the module that `cargo xtask build` left in target/. BuildKit builds only the stage
# that is needed; Docker has BuildKit since 18.09 and uses it by default since 23.

ARG MODULE=built

FROM rust:1.95.0-slim-bookworm AS built
WORKDIR /corsac
COPY . .
RUN cargo xtask build && mv target/corsac/corsac.wasm /plugin.wasm

FROM scratch AS given
COPY target/corsac/corsac.wasm /plugin.wasm

FROM ${MODULE} AS module

FROM scratch
COPY --from=module /plugin.wasm ./
