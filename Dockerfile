# syntax=docker/dockerfile:1
# The phone app and the desk's assets.
FROM node:24.11.1-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web/ ./
COPY LICENSE /src/
COPY server/desk/assets/ /src/server/desk/assets/
RUN npm run build

# The Python environment, installed once and copied whole.
FROM python:3.13.9-slim-bookworm AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/pokja
COPY requirements.txt /src/
RUN /opt/pokja/bin/pip install --require-hashes -r /src/requirements.txt
WORKDIR /src
COPY pyproject.toml README.md ./
COPY forms/ forms/
COPY sync/ sync/
COPY scoring/ scoring/
COPY server/ server/
COPY instruments/ instruments/
COPY --from=web /src/server/static/ server/static/
RUN /opt/pokja/bin/python -c "from server import assets; assets.compile_translations()" \
 && /opt/pokja/bin/pip install --no-deps .

FROM python:3.13.9-slim-bookworm
LABEL org.opencontainers.image.title="Pokja" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 pokja \
 && useradd --system --uid 10001 --gid pokja --home-dir /data --shell /usr/sbin/nologin pokja \
 && install -d -o pokja -g pokja -m 0700 /data
COPY --from=python /opt/pokja /opt/pokja
ENV PATH=/opt/pokja/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["pokja", "serve", "--host", "0.0.0.0", "--port", "8000"]
