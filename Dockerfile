# Builds the module without Rust on this machine, as the image that Istio and Envoy Gateway pull: one layer, `plugin.wasm`.
#
#     docker build --tag registry.example.com/corsac:0.1.0 .
#     docker build --output target/corsac .                   # plugin.wasm into that folder instead
#
# `--build-arg MODULE=given` takes the module that `cargo xtask build` left in target/.
#
# Or Envoy's own image with the native module (docs/native.md), one layer more. The module is that of `cargo xtask dist`,
# or of a release, in target/dist. `ENVOY` names another image:
#
#     docker build --target native --tag registry.example.com/envoy-corsac:v1.40.0-0.1.0 .
#
# BuildKit builds only the stages that are needed; Docker has BuildKit since 18.09 and uses it by default since 23.

ARG MODULE=built
ARG ENVOY=envoyproxy/envoy:v1.40.0

FROM rust:1.95.0-slim-bookworm AS built
WORKDIR /corsac
COPY . .
RUN cargo xtask build && mv target/corsac/corsac.wasm /plugin.wasm

FROM scratch AS given
COPY target/corsac/corsac.wasm /plugin.wasm

FROM ${MODULE} AS module

FROM ${ENVOY} AS native
ARG TARGETARCH
COPY target/dist/libcorsac-${TARGETARCH}.so /usr/local/lib/libcorsac.so

FROM scratch
COPY --from=module /plugin.wasm ./
