# syntax=docker/dockerfile:1
#
#   docker build -t springline:1.2.0-SNAPSHOT .                          the service
#   docker build -t springline:1.2.0-SNAPSHOT-node --target node .       with Node, for upstreams that npx starts
#   … --build-arg JRE=eclipse-temurin:25-jre-noble@sha256:…              base images by digest; docs/operations.md, The image
#   docker run --read-only --tmpfs /tmp -p 8080:8080 -e SERVER_ADDRESS=0.0.0.0 -e SPRINGLINE_AUTH_ALLOW_ANONYMOUS=true springline:1.2.0-SNAPSHOT

ARG JDK=eclipse-temurin:25-jdk-noble
ARG JRE=eclipse-temurin:25-jre-noble
ARG NODE=node:24-bookworm-slim

FROM ${JDK} AS build
WORKDIR /src
# a repository in place of Maven Central, for mvnw
ARG MVNW_REPOURL=""
COPY .mvn .mvn
COPY mvnw pom.xml springline LICENSE ./
COPY src/main src/main
COPY src/dist src/dist
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -q package -Dmaven.test.skip=true && mv target/springline-*/ /springline

FROM ${JRE} AS base
# tini reaps what stdio upstreams leave behind
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 springline \
 && useradd --uid 10001 --gid springline --create-home --home-dir /home/springline --shell /usr/sbin/nologin springline
WORKDIR /app
# what changes least comes first
COPY --from=build /springline/lib/ ./lib/
COPY --from=build /springline/bin/ ./bin/
COPY --from=build /springline/springline.jar ./
# for the Java of this image; jars in plugins come after what the caches know, so they do not invalidate them
RUN bin/make-aot-cache
ENV JDK_JAVA_OPTIONS="-XX:+UseSerialGC -Xms24m -XX:MaxRAMPercentage=60 -XX:TrimNativeHeapInterval=30000 -Xlog:trimnative=off -XX:+ExitOnOutOfMemoryError"
EXPOSE 8080
USER 10001:10001
ENTRYPOINT ["tini", "--", "/app/bin/springline"]
ARG VERSION=1.2.0-SNAPSHOT
ARG REVISION=""
LABEL org.opencontainers.image.title="Springline" \
      org.opencontainers.image.description="The Model Context Protocol over WebSocket" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM ${NODE} AS nodejs

FROM base AS node
USER 0:0
RUN apt-get update \
 && apt-get install -y --no-install-recommends libatomic1 libstdc++6 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=nodejs /usr/local/bin/node /usr/local/bin/node
COPY --from=nodejs /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
 && npx --version
USER 10001:10001

FROM base AS service
