# One image for every role: docker run … airclass master, slave, gateway. What it needs to know comes as variables (docs/config.md).
# docker build --target airclass is that image; the default is the same with MediaMTX, for slaves (docker-compose.mediamtx.yml).

FROM node:24-bookworm-slim AS build
WORKDIR /app
# For a network whose proxy opens TLS: its certificate authority (PEM), known to this stage alone.
ARG BUILD_CA=""
COPY package.json package-lock.json ./
# No scripts: what they would fetch (another Node, a static ffmpeg) the image has already.
RUN if [ -n "$BUILD_CA" ]; then printf '%s\n' "$BUILD_CA" > /tmp/build-ca.pem; export NODE_EXTRA_CA_CERTS=/tmp/build-ca.pem; fi \
 && npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/.vite* && find node_modules -type d -empty -delete

FROM node:24-bookworm-slim AS airclass
# tini is PID 1: it hands signals on and reaps what ffmpeg leaves behind. npm has no work here, nor have manuals and the drivers of
# graphics cards, which ffmpeg's package brings for programs with windows.
RUN for files in '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/lib/*/dri/*' '/usr/lib/*/libLLVM*' '/usr/lib/*/libz3.so*'; do \
      echo "path-exclude=$files"; done > /etc/dpkg/dpkg.cfg.d/airclass \
 && apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg tini \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /opt/yarn*
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE /app/mediamtx.yml ./
COPY --from=build /app/bin bin
COPY --from=build /app/docker docker
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/bin/airclass /usr/local/bin/airclass && install -d -o node -g node -m 0700 /data
ENV NODE_ENV=production FFMPEG_PATH=/usr/bin/ffmpeg DATA_DIR=/data
USER 1000:1000
EXPOSE 8000 8888 1935
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/docker/healthcheck.ts"]
ENTRYPOINT ["tini", "--", "airclass"]

# Last, so that nobody fetches it for the image above.
FROM bluenviron/mediamtx:1.20.1 AS mediamtx

FROM airclass AS airclass-mediamtx
COPY --from=mediamtx /mediamtx /usr/local/bin/mediamtx
ENV MEDIA_ENGINE=mediamtx
EXPOSE 8890/udp 8554 8189/udp
