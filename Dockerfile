# incident-desk http, for a team. How to run it: docs/service.md.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements-http.txt ./
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements-http.txt
COPY pyproject.toml README.md LICENSE LICENSE-UNICODE ./
COPY incident_desk ./incident_desk
COPY server ./server
COPY tools ./tools
COPY sandbox ./sandbox
RUN /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 \
    INCIDENT_DESK_HTTP_HOST=0.0.0.0
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["incident-desk"]
CMD ["http"]
