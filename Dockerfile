# syntax=docker/dockerfile:1
#
# Two images from one build:
#   docker build -t chancery .                        distroless, no shell, not root: the one to run
#   docker build -t chancery:shell --target shell .   the same on debian-slim, for commands written as `sh -c "…"`
#
# The image that this one replaces (ikubernetes/envoy-xds-server) was started through `/bin/sh -c`. Its variables work
# here as they are: SERVER_PORT, NODE_ID, RESOURCES_FILE. Drop the command, or take the `shell` image to keep it.

# Debian 12 on both sides: a binary built against a newer C library would not start on an older one.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# The caches outlive the layer, so the binary is moved out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin chancery && cp target/release/chancery /chancery

FROM debian:bookworm-slim AS shell
COPY --from=build /chancery /usr/local/bin/chancery
WORKDIR /etc/chancery
USER 65532:65532
EXPOSE 18000
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["chancery", "healthcheck"]
ENTRYPOINT ["chancery"]
CMD ["serve"]

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /chancery /usr/local/bin/chancery
# Documents are mounted at ./config, which is what `serve` reads unless told otherwise.
WORKDIR /etc/chancery
EXPOSE 18000
# There is no shell and no curl in here, so the binary asks itself.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["chancery", "healthcheck"]
ENTRYPOINT ["chancery"]
CMD ["serve"]
