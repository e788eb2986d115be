# The program alone, statically linked, as a user without rights. `docker run --rm -v "$PWD:/src:ro" bklog-lint`
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /build
COPY . .
RUN cargo build --release --locked && mv target/release/bklog-lint /bklog-lint

FROM scratch
COPY --from=build /bklog-lint /bklog-lint
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/bklog-lint"]
