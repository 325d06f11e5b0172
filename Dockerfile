# The image of every service in compose.yaml; each names its own command.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir -r requirements.txt
COPY pyproject.toml README.md ./
COPY api api
COPY domain domain
COPY workers workers
COPY migrations migrations
RUN /venv/bin/pip install --no-cache-dir --no-build-isolation --no-deps --editable .

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 mistudio \
    && mkdir -p /data/storage /data/tokenizers && chown -R mistudio /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH MISTUDIO_HOME=/data
USER mistudio
EXPOSE 8000
CMD ["mistudio", "api"]
